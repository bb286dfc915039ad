/** Events as entries of a stream that may be sent again: each attempt names the id of its entry, by which it is found. */
import type { Redis } from 'ioredis';
import type { SendOutcome, TrafficSink } from '../../stack/contract/traffic.ts';
import type { TrafficEvent } from '../../stack/contract/traffic-event.ts';
import type { BulkConnection } from './bulk-connection.ts';
import type { AddWords } from './command-text.ts';
import { compareEntryIds, type EntryIds } from './entry-ids.ts';
import { createEventWriter } from './event-writer.ts';
import { failureText } from './failure.ts';
import { ID_PASSED } from './refusal.ts';

export interface StreamWriterInput {
  readonly stream: string;
  readonly ids: EntryIds;
  /** The entry of one event with this id. @returns how many commands it was. */
  readonly write: (event: TrafficEvent, id: string, add: AddWords) => number;
  /** A connection to the server that takes writes now. */
  readonly connect: () => Promise<BulkConnection>;
  /** Asks that server, on another connection. */
  readonly ask: <T>(use: (client: Redis) => Promise<T>) => Promise<T>;
  /** Deadline of a command, for messages. */
  readonly timeoutMs: number;
}

/**
 * An event whose outcome is open is sent again with the id that it had, which a stream takes once at most. A server that refuses the
 * id, because a later one is there, is asked for the entry: it is there, or it never will be, since the last id of a stream only
 * grows. Then the next attempt has another id. So it does not matter how many batches, or connections, are on their way.
 */
export function createStreamWriter({ stream, ids, write, connect, ask, timeoutMs }: StreamWriterInput): TrafficSink {
  /** Of events that may be stored. */
  const idOf = new WeakMap<TrafficEvent, string>();
  const inner = createEventWriter<TrafficEvent>({
    ...{ connect, timeoutMs },
    write: (event, add) => {
      const id = idOf.get(event) ?? ids.next();
      idOf.set(event, id);
      return write(event, id, add);
    },
  });

  const lookFor = async (doubtful: readonly TrafficEvent[]): Promise<readonly SendOutcome[]> => {
    try {
      return await ask(async (client) => {
        const known = await stateOf(client, stream);
        ids.passed(known.top);
        const looks = client.pipeline();
        for (const event of doubtful) looks.xrange(stream, idOf.get(event) ?? '-', idOf.get(event) ?? '-');
        const found = (await looks.exec()) ?? [];
        return doubtful.map((event, index): SendOutcome => {
          const [error, entries] = found[index] ?? [null, undefined];
          if (error !== null) return { type: 'unknown', reason: failureText(error, timeoutMs) };
          if (JSON.stringify(entries).includes(event.id)) return { type: 'acked' };
          if (!isImpossible(idOf.get(event) ?? '', known)) return REMOVED;
          idOf.delete(event);
          return PASSED;
        });
      });
    } catch (error) {
      const reason = failureText(error, timeoutMs);
      return doubtful.map(() => ({ type: 'unknown', reason }));
    }
  };

  return {
    send: async (events) => {
      const before = new Set(events.filter((event) => idOf.has(event)));
      const outcomes = [...(await inner.send(events))];
      const doubtful: number[] = [];
      for (const [index, event] of events.entries()) {
        const outcome = outcomes[index];
        const isPassed = outcome?.type === 'rejected' && outcome.reason === ID_PASSED;
        if (isPassed && before.has(event)) doubtful.push(index);
        else if (isPassed) outcomes[index] = PASSED;
        // What was refused now may have been stored by an attempt before.
        if (outcome?.type === 'acked' || (outcome?.type === 'rejected' && !before.has(event))) idOf.delete(event);
      }
      if (doubtful.length === 0) {
        if (outcomes.includes(PASSED))
          ids.passed(await ask((client) => stateOf(client, stream)).then(({ top }) => top, NOT_TOLD));
        return outcomes;
      }
      const told = await lookFor(doubtful.flatMap((index) => events[index] ?? []));
      for (const [place, index] of doubtful.entries()) outcomes[index] = told[place] ?? REMOVED;
      return outcomes;
    },
    close: () => inner.close(),
  };
}

const NOT_TOLD = (): undefined => undefined;

/** It is not there, and an attempt with another id may be made. */
const PASSED: SendOutcome = { type: 'rejected', reason: ID_PASSED, unreachable: true };
const REMOVED: SendOutcome = {
  type: 'unknown',
  reason: 'entries were removed from the stream: it may have been there',
};

interface StreamState {
  readonly top: string;
  readonly first: string | undefined;
  readonly lastDeleted: string;
  readonly isWhole: boolean;
}

/** What came before Redis 7 does not say of itself, is taken as if something was removed. */
async function stateOf(client: Redis, stream: string): Promise<StreamState> {
  const reply = (await client.call('XINFO', 'STREAM', stream)) as readonly unknown[];
  const field = (name: string): unknown => reply[reply.indexOf(name) + 1];
  const isTold = reply.includes('entries-added');
  const first = field('first-entry');
  return {
    top: String(field('last-generated-id')),
    first: Array.isArray(first) ? String(first[0]) : undefined,
    lastDeleted: isTold ? String(field('max-deleted-entry-id')) : '0-0',
    isWhole: isTold && Number(field('entries-added')) === Number(field('length')),
  };
}

/** Of an entry that is not there: whether it never was and never will be. */
function isImpossible(id: string, { top, first, lastDeleted, isWhole }: StreamState): boolean {
  if (compareEntryIds(id, top) > 0) return false;
  if (isWhole) return true;
  return first !== undefined && compareEntryIds(first, id) < 0 && compareEntryIds(lastDeleted, id) < 0;
}
