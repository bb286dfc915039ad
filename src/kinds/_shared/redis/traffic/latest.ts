import type { Redis } from 'ioredis';
import { createNumberSet } from '../../../../lib/columns.ts';
import { eventId } from '../../../../stack/contract/event-id.ts';
import { createIdTally } from '../../../../stack/contract/id-tally.ts';
import type { StoreReading, TrafficStore } from '../../../../stack/contract/traffic.ts';
import { heldIn, tallyAllIn } from './held.ts';
import type { KnownPlaces } from './held-places.ts';
import type { Stale } from './judge-writes.ts';
import type { KeyTemplate } from './key-template.ts';
import type { Place, WriteLog } from './last-writes.ts';
import { forgottenIn, keysOf, type Reader, storeOf } from './reading.ts';

export interface LatestSettings {
  readonly type: Place['type'];
  /** Only these fields of the hashes. */
  readonly field?: KeyTemplate | undefined;
  readonly keeps?: 'every' | 'latest' | undefined;
}

/**
 * Keys, or fields of hashes, in which each event overwrites the one before it. Each has to hold the last acknowledged event, or one
 * whose outcome is unknown; those before it were overwritten, and are counted as stored with it.
 */
export function openLatest(reader: Reader, settings: LatestSettings): TrafficStore {
  reader.writes.wantLog();
  const read = (signal: AbortSignal): Promise<StoreReading> =>
    reader.ask(async (client) => {
      return (await readLatest(reader, settings, client, signal)) ?? readForeign(reader, settings, client, signal);
    });
  const readAll = (signal: AbortSignal): Promise<StoreReading> =>
    reader.ask(async (client) => {
      const own = await readLatest(reader, settings, client, signal);
      const all = await readForeign(reader, settings, client, signal, true);
      return own === undefined ? all : withOthers(own, all, reader.run.runId);
    });
  const within = settings.field === undefined ? '' : ` ${settings.field.text}`;
  const what = settings.type === 'string' ? 'key' : 'field';
  const each = settings.keeps === 'every' ? '' : ` (latest of each ${what})`;
  return storeOf(reader, read, { name: `${reader.input.service.name} ${reader.keys.text}${within}${each}`, readAll });
}

/** What the run has written itself; undefined: it has written nothing there that overwrites. */
export async function readLatest(
  reader: Reader,
  { type, field, keeps }: LatestSettings,
  client: Redis,
  signal: AbortSignal,
): Promise<(StoreReading & { readonly contradictions: readonly string[] }) | undefined> {
  const { run, writes, keys } = reader;
  const { log } = writes;
  const numbers =
    log === undefined
      ? []
      : numbersOf(
          log,
          ({ type: is, key, within }) => is === type && keys.matches(key) && (field?.matches(within) ?? true),
        );
  if (log === undefined || numbers.length === 0) return undefined;
  const held = await heldIn(client, log, numbers, run.runId, signal);
  const { found, odd, stale } = log.judge(held);
  const there = keeps === 'every' ? [held.sequences()] : [found, odd];
  const seen = createNumberSet();
  for (const sequence of held.sequences()) seen.add(sequence);
  const tally = createIdTally(run.runId);
  // How many of these events can be seen: a score shows one, whichever it is.
  let shown = held.scores;
  for (const sequences of there)
    for (const sequence of sequences) {
      tally.addAllIn(eventId(run.runId, sequence));
      if (seen.has(sequence)) shown += 1;
    }
  const forgets = forgottenIn(reader, () => numbers.map(log.placeAt));
  const contradictions = forgets === undefined ? staleTexts(stale, log, held, run.runId) : [];
  return { found: tally, contradictions, overwritten: tally.total - Math.min(tally.total, shown), forgets };
}

/** Numbers of places. @param most so many at most, the first ones. */
export function numbersOf(
  { places, placeAt }: WriteLog,
  isWanted: (place: Place) => boolean,
  most = places,
): readonly number[] {
  const found: number[] = [];
  for (let number = 0; number < places && found.length < most; number++)
    if (isWanted(placeAt(number))) found.push(number);
  return found;
}

/** What the run has written itself, and what somebody else has written beside it. */
function withOthers(own: StoreReading, all: StoreReading, runId: string): StoreReading {
  for (const sequence of all.found.from(0))
    if (own.found.copiesOf(sequence) === 0) own.found.addAllIn(eventId(runId, sequence));
  return own;
}

/** What somebody else has written for the run, who alone knows what overwrote what. */
async function readForeign(
  reader: Reader,
  { type, field, keeps }: LatestSettings,
  client: Redis,
  signal: AbortSignal,
  everywhere = false,
): Promise<StoreReading> {
  const found = createIdTally(reader.run.runId);
  const { keys } = await keysOf(reader, type, client, signal, everywhere);
  const asBytes = keys.map((key) => Buffer.from(key));
  await tallyAllIn(client, { type, keys: asBytes, field: field?.fixed }, found, signal);
  return { found, contradictions: [], forgets: keeps === 'every' ? undefined : OVERWRITTEN };
}

const OVERWRITTEN = 'a later event may have overwritten an earlier one (`keeps: every` says that none does)';

/** A cause shows in the first ones; all of them are among the missing. */
const SHOWN = 20;

function staleTexts(stale: readonly Stale[], log: WriteLog, held: KnownPlaces, runId: string): readonly string[] {
  const texts = stale.slice(0, SHOWN).map(({ place, last }) => {
    const { key, within } = log.placeAt(place);
    const where = within === '' ? key : `${key} ${within}`;
    return `${where} holds ${held.shown(place)}, and the last event that was acknowledged there is ${eventId(runId, last)}`;
  });
  return stale.length > SHOWN ? [...texts, `and so do ${stale.length - SHOWN} more`] : texts;
}
