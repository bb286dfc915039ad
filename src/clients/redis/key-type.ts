import type { Redis } from 'ioredis';
import type { Mistake } from '../../stack/source/zod-problems.ts';
import { showBytes } from './bytes.ts';

/** What TYPE says of a key that a profile can use. A key that does not exist (`none`) is made by the first write. */
export type EventKeyType = 'stream' | 'zset' | 'hash';

const NAMES: Readonly<Record<string, string>> = {
  stream: 'a stream',
  zset: 'a sorted set',
  hash: 'a hash',
  string: 'a string',
  list: 'a list',
  set: 'a set',
};

/** A key that is there and of another type than a profile says. @param path of the setting that names it. */
export async function checkKeyType(
  client: Redis,
  key: string | Buffer,
  wanted: EventKeyType,
  path: readonly string[],
): Promise<readonly Mistake[]> {
  const type = await client.type(key);
  if (type === 'none' || type === wanted) return [];
  const shown = showBytes(Buffer.from(key));
  const message = `the key ${shown} is ${NAMES[type] ?? type}, not ${NAMES[wanted]}: name another key, or delete this one`;
  return [{ path, part: 'value', message }];
}
