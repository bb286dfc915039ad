/**
 * Writes of which each overwrites the one before it: which event a place has to hold at the end, and which were overwritten rightly.
 * What each write was and how it was answered is noted while the run sends: some 20 bytes for each, and a place once. Pure.
 */
import { bytes, createColumn, doubles, words } from '../../../../lib/columns.ts';
import { createTextTable } from '../../../../lib/text-table.ts';
import type { SendOutcome } from '../../../../stack/contract/traffic.ts';
import { FATES, type HeldPlaces, type Judgement, judge, type Noted, UNKNOWN } from './judge-writes.ts';

/** What one write overwrites: a key, a field of a hash, a member of a sorted set. */
export interface Place {
  readonly type: 'string' | 'hash' | 'zset';
  readonly key: string;
  /** Field or member; empty for a string. */
  readonly within: string;
}

export interface PlacedWrite extends Place {
  readonly sequence: number;
  /** What the place holds then, where that is a number and not the event. */
  readonly score?: number;
}

export interface WriteLog {
  /** How many there are; they are numbered in the order in which they were first written to. */
  readonly places: number;
  placeAt(number: number): Place;
  /** @param connection a number of its own: the server applies the writes of one connection in their order. @returns to be told the outcomes. */
  sent(writes: readonly PlacedWrite[], connection: number): (fateOf: (sequence: number) => SendOutcome['type']) => void;
  judge(held: HeldPlaces): Judgement;
}

export function createWriteLog(): WriteLog {
  const names = createTextTable();
  const noted: Noted = {
    ...{ places: createColumn(words), sequences: createColumn(doubles), batches: createColumn(words) },
    ...{ fates: createColumn(bytes), scores: createColumn(doubles) },
    ...{ connections: createColumn(doubles), sentAt: createColumn(doubles), answeredAt: createColumn(doubles) },
  };
  let moment = 0;
  return {
    get places() {
      return names.size;
    },
    placeAt: (number) => placeOf(names.textAt(number)),
    sent: (writes, connection) => {
      const { places, sequences, batches, fates, scores, connections, sentAt, answeredAt } = noted;
      const [batch, first] = [connections.length, places.length];
      connections.push(connection);
      sentAt.push(moment++);
      answeredAt.push(Number.POSITIVE_INFINITY);
      for (const write of writes) {
        places.push(names.add(nameOf(write)));
        sequences.push(write.sequence);
        batches.push(batch);
        fates.push(UNKNOWN);
        if (write.score === undefined && scores.length === 0) continue;
        while (scores.length < places.length - 1) scores.push(Number.NaN);
        scores.push(write.score ?? Number.NaN);
      }
      const end = places.length;
      return (fateOf) => {
        answeredAt.set(batch, moment++);
        for (let write = first; write < end; write++) fates.set(write, FATES.indexOf(fateOf(sequences.at(write))));
      };
    },
    judge: (held) => judge(noted, names.size, held),
  };
}

const TYPES: readonly Place['type'][] = ['string', 'hash', 'zset'];

/** No two places have the same. */
function nameOf({ type, key, within }: Place): string {
  return `${TYPES.indexOf(type)}${key.length} ${key}${within}`;
}

function placeOf(name: string): Place {
  const begin = name.indexOf(' ') + 1;
  const end = begin + Number(name.slice(1, begin - 1));
  return { type: TYPES[Number(name[0])] ?? 'string', key: name.slice(begin, end), within: name.slice(end) };
}
