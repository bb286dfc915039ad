import type { Redis } from 'ioredis';
import { bytesId, showBytes } from '../../../clients/redis/bytes.ts';
import { disconnect } from '../../../clients/redis/connect.ts';
import { BEGINNING, presentPlace, tallyStream } from '../../../clients/redis/event-reader.ts';
import { removeEntries } from '../../../clients/redis/event-remover.ts';
import { checkKeyType } from '../../../clients/redis/key-type.ts';
import { keysLike } from '../../../clients/redis/keys-like.ts';
import { idsIn } from '../../../stack/contract/event-id.ts';
import { createIdTally } from '../../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { StoreReading, TrafficRun, TrafficStore } from '../../../stack/contract/traffic.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';
import type { SentinelOptions } from '../options.ts';
import { connectMaster } from './master.ts';
import type { StoreSettings } from './settings.ts';
import { keysWrittenBy } from './written.ts';

/** A pattern that is wrong is wrong for many keys. */
const MOST_MISTAKES = 5;
const MOST_LOOKED_AT = 100_000;

/**
 * Streams on the master, and the hashes that must agree with them. Those that this run writes to itself are known; of what
 * an application writes the keys are looked for.
 */
export async function openStreams(
  input: ServiceInput<SentinelOptions>,
  settings: StoreSettings,
  run: TrafficRun,
): Promise<TrafficStore> {
  const { runId } = run;
  const pattern = settings.streams ?? '';
  const begin = await onMaster(input, presentPlace);
  const likely = async (client: Redis, signal: AbortSignal): Promise<readonly Buffer[]> => {
    const written = keysWrittenBy(run, pattern);
    return written.length === 0 ? keysLike(client, { pattern }, signal) : written;
  };
  const readBehind = async (place: string, keysOf: typeof likely, signal: AbortSignal): Promise<StoreReading> =>
    onMaster(input, async (client) => {
      const keys = await keysOf(client, signal);
      const found = createIdTally(runId);
      for (const key of keys) await tallyStream(client, { key, behind: place }, found, signal);
      return { found, contradictions: await stale(client, keys, settings, runId) };
    });
  let counted = 0;
  const places = new Map<string, string>();
  const countNew = (signal: AbortSignal): Promise<number> =>
    onMaster(input, async (client) => {
      for (const key of await likely(client, signal)) {
        const behind = places.get(bytesId(key)) ?? begin;
        const more = createIdTally(runId);
        places.set(bytesId(key), await tallyStream(client, { key, behind }, more, signal));
        counted += more.total;
      }
      return counted;
    });
  return {
    name: `${input.service.monitors} ${pattern}`,
    guarantee: 'stored',
    count: countNew,
    read: (signal) => readBehind(begin, likely, signal),
    readAll: (signal) => readBehind(BEGINNING, (client) => keysLike(client, { pattern }, signal), signal),
    close: async () => undefined,
  };
}

/** Of every stream that is like the pattern. */
export async function cleanStreams(
  input: ServiceInput<SentinelOptions>,
  { streams: pattern = '' }: StoreSettings,
  { runId, signal }: TrafficRun,
): Promise<void> {
  await onMaster(input, async (client) => {
    for (const key of await keysLike(client, { pattern }, signal)) await removeEntries(client, key, runId, signal);
  });
}

async function onMaster<T>(input: ServiceInput<SentinelOptions>, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = await connectMaster(input);
  try {
    return await use(client);
  } finally {
    disconnect(client);
  }
}

/**
 * Keys that are there and of another type; those of this run are not there yet. A pattern that is wrong is wrong for many keys: of
 * a large store only a part is looked at, and what is left shows as refused events.
 */
export async function checkStreams(
  input: ServiceInput<SentinelOptions>,
  { streams: pattern = '', latest }: StoreSettings,
  signal: AbortSignal,
): Promise<readonly Mistake[]> {
  return onMaster(input, async (client) => {
    const mistakes: Mistake[] = [];
    for (const key of await keysLike(client, { pattern, most: MOST_LOOKED_AT }, signal)) {
      mistakes.push(...(await checkKeyType(client, key, 'stream', ['streams'])));
      if (latest !== undefined) {
        const hash = withStar(latest.hash, starOf(pattern, key));
        mistakes.push(...(await checkKeyType(client, hash, 'hash', ['latest', 'hash'])));
      }
      if (mistakes.length >= MOST_MISTAKES) break;
    }
    return mistakes;
  });
}

/** A hash that was written in the same transaction as the last entry of its stream must name that entry's event. */
async function stale(
  client: Redis,
  streams: readonly Buffer[],
  { streams: pattern = '', latest }: StoreSettings,
  runId: string,
): Promise<readonly string[]> {
  if (latest === undefined) return [];
  const found: string[] = [];
  for (const stream of streams) {
    const hash = withStar(latest.hash, starOf(pattern, stream));
    // In one transaction: no write comes between the two.
    const replies = await client.multi().xrevrange(stream, '+', '-', 'COUNT', 1).hget(hash, latest.field).exec();
    const [entries, field] = (replies ?? []).map(([, value]) => value) as [[string, string[]][], string | null];
    const [last] = idsIn((entries[0]?.[1] ?? []).join('\n'), runId);
    if (last !== undefined && field !== last) {
      found.push(
        `${showBytes(hash)} names ${field ?? 'nothing'} as its last event, ${showBytes(stream)} ends with ${last}`,
      );
    }
  }
  return found;
}

/** What stands in place of the star. */
function starOf(pattern: string, key: Buffer): Buffer {
  const [before = '', after = ''] = pattern.split('*');
  return key.subarray(Buffer.byteLength(before), key.length - Buffer.byteLength(after));
}

function withStar(pattern: string, star: Buffer): Buffer {
  const [before = '', after = ''] = pattern.split('*');
  return Buffer.concat([Buffer.from(before), star, Buffer.from(after)]);
}
