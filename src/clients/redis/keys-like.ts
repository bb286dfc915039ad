import type { Redis } from 'ioredis';
import { bytesId } from './bytes.ts';
import type { EventKeyType } from './key-type.ts';

/** Keys that a step of SCAN looks at: a millisecond's work. */
const SCANNED = 1000;

export interface KeysWanted {
  /** As SCAN takes it. */
  readonly pattern: string;
  /** Only keys of this type. */
  readonly type?: EventKeyType;
  /** Keys that are looked at, about; without it all. */
  readonly most?: number;
}

/** The keys that are like a pattern, in the order of their bytes. SCAN may name a key twice, here each is named once. */
export async function keysLike(
  client: Redis,
  { pattern, type, most = Number.POSITIVE_INFINITY }: KeysWanted,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const keys = new Map<string, Buffer>();
  const only = type === undefined ? [] : ['TYPE', type];
  let [cursor, looked] = ['0', 0];
  do {
    signal.throwIfAborted();
    const reply = await client.callBuffer('SCAN', cursor, 'MATCH', pattern, 'COUNT', SCANNED, ...only);
    const [next, found] = reply as [Buffer, Buffer[]];
    for (const key of found) keys.set(bytesId(key), key);
    cursor = String(next);
    looked += SCANNED;
  } while (cursor !== '0' && looked < most);
  return [...keys.values()].toSorted(Buffer.compare);
}
