import type { Redis } from 'ioredis';
import { bytesId, showBytes } from '../../../clients/redis/bytes.ts';
import { disconnect } from '../../../clients/redis/connect.ts';
import { idsInStream } from '../../../clients/redis/event-reader.ts';
import { checkKeyType } from '../../../clients/redis/key-type.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { idsIn, type StoreReading, type TrafficRun, type TrafficStore } from '../../../stack/contract/traffic.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';
import type { SentinelOptions } from '../options.ts';
import { connectMaster } from './master.ts';
import type { StoreSettings } from './settings.ts';

/** A pattern that is wrong is wrong for many keys. */
const MOST_MISTAKES = 5;

/** Streams on the master, and the hashes that must agree with them. */
export async function openStreams(
  input: ServiceInput<SentinelOptions>,
  settings: StoreSettings,
  { runId }: TrafficRun,
): Promise<TrafficStore> {
  const pattern = settings.streams ?? '';
  const read = async (signal: AbortSignal): Promise<StoreReading> => {
    const client = await connectMaster(input);
    try {
      const keys = await keysLike(client, pattern, signal);
      const ids: string[] = [];
      for (const key of keys) ids.push(...(await idsInStream(client, key, runId, signal)));
      return { ids, contradictions: await stale(client, keys, settings, runId) };
    } finally {
      disconnect(client);
    }
  };
  return {
    name: `${input.service.monitors} ${pattern}`,
    guarantee: 'stored',
    count: async (signal) => (await read(signal)).ids.length,
    read,
    close: async () => undefined,
  };
}

/** Keys that are there and of another type; those of this run are not there yet. */
export async function checkStreams(
  input: ServiceInput<SentinelOptions>,
  { streams: pattern = '', latest }: StoreSettings,
  signal: AbortSignal,
): Promise<readonly Mistake[]> {
  const client = await connectMaster(input);
  try {
    const mistakes: Mistake[] = [];
    for (const key of await keysLike(client, pattern, signal)) {
      mistakes.push(...(await checkKeyType(client, key, 'stream', ['streams'])));
      if (latest !== undefined) {
        const hash = withStar(latest.hash, starOf(pattern, key));
        mistakes.push(...(await checkKeyType(client, hash, 'hash', ['latest', 'hash'])));
      }
      if (mistakes.length >= MOST_MISTAKES) break;
    }
    return mistakes;
  } finally {
    disconnect(client);
  }
}

/** SCAN may name a key twice. */
async function keysLike(client: Redis, pattern: string, signal: AbortSignal): Promise<readonly Buffer[]> {
  const keys = new Map<string, Buffer>();
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const [next, found] = await client.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', 100);
    for (const key of found) keys.set(bytesId(key), key);
    cursor = String(next);
  } while (cursor !== '0');
  return [...keys.values()].toSorted(Buffer.compare);
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
