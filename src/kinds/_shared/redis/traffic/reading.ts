/** What the stores of a Redis service have in common. */
import type { Redis } from 'ioredis';
import type { EventKeyType } from '../../../../clients/redis/key-type.ts';
import { keysLike } from '../../../../clients/redis/keys-like.ts';
import { eventId } from '../../../../stack/contract/event-id.ts';
import { createIdTally, type IdTally } from '../../../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../../../stack/contract/model.ts';
import type { StoreReading, TrafficRun, TrafficStore } from '../../../../stack/contract/traffic.ts';
import { withMaster } from '../master.ts';
import type { RedisOptions } from '../options.ts';
import { type KeyTemplate, parseKeyTemplate } from './key-template.ts';
import { type RunWrites, writesOf } from './run-writes.ts';

/** Deadline of a connection and of each command. */
export const TIMEOUT_MS = 3000;

export interface Reader {
  readonly input: ServiceInput<RedisOptions>;
  readonly run: TrafficRun;
  readonly writes: RunWrites;
  readonly keys: KeyTemplate;
  /** With a connection of its own. */
  ask<T>(use: (client: Redis) => Promise<T>): Promise<T>;
}

export function readerOf(input: ServiceInput<RedisOptions>, run: TrafficRun, key: string): Reader {
  return {
    input,
    run,
    writes: writesOf(run, input.service),
    keys: parseKeyTemplate(key, { runId: run.runId, stars: true }),
    ask: (use) => withMaster(input, TIMEOUT_MS, use),
  };
}

export interface FoundKeys {
  readonly keys: readonly (string | Buffer)[];
  /** The run has written to them itself, and to no others. */
  readonly isOwn: boolean;
}

/**
 * Where events are to be expected. Only where somebody else writes for the run, keys have to be looked for.
 * @param everywhere somebody else may write beside the run.
 */
export async function keysOf(
  { keys, writes }: Reader,
  type: EventKeyType,
  client: Redis,
  signal: AbortSignal,
  everywhere = false,
): Promise<FoundKeys> {
  const own = writes.keys(type).filter(keys.matches);
  if (own.length > 0 && !everywhere) return { keys: own.toSorted(), isOwn: true };
  if (keys.fixed !== undefined) return { keys: [keys.fixed], isOwn: false };
  return { keys: await keysLike(client, { pattern: keys.glob, type }, signal), isOwn: false };
}

/** Why what is missing there is no loss: the run itself has taken it away, or may have. */
export function forgottenIn(
  { writes }: Reader,
  placesOf: () => Iterable<{ readonly key: string | Buffer; readonly within?: string }>,
): string | undefined {
  if (!writes.mayLose) return undefined;
  for (const { key, within } of placesOf()) {
    const command = writes.losesBy(String(key), within);
    if (command !== undefined) return `the run itself changes ${key} by ${command}`;
  }
  return undefined;
}

/** @param from what another tally has is counted here too. */
export function addAll(tally: IdTally, from: IdTally, runId: string): void {
  for (const sequence of from.from(0))
    for (let copy = 0; copy < from.copiesOf(sequence); copy++) tally.addAllIn(eventId(runId, sequence));
}

/** A store of which every reading begins anew. */
export function storeOf(
  { input, keys }: Reader,
  reading: (signal: AbortSignal) => Promise<StoreReading>,
  more: Partial<TrafficStore> = {},
): TrafficStore {
  return {
    name: `${input.service.name} ${keys.text}`,
    guarantee: 'stored',
    count: async (signal) => (await reading(signal)).found.total,
    read: reading,
    close: async () => undefined, // a connection for each question
    ...more,
  };
}

/** What is found in each of the keys, one after the other. */
export async function tallyEach(
  { run: { runId } }: Reader,
  keys: readonly (string | Buffer)[],
  tallyOne: (key: string | Buffer) => Promise<IdTally>,
): Promise<IdTally> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return tallyOne(only);
  const found = createIdTally(runId);
  for (const key of keys) addAll(found, await tallyOne(key), runId);
  return found;
}
