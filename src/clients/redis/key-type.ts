import type { Redis } from 'ioredis';
import type { Mistake } from '../../stack/source/zod-problems.ts';
import { showBytes } from './bytes.ts';

/** What TYPE says of a key that a profile can use. A key that does not exist (`none`) is made by the first write. */
export type EventKeyType = 'stream' | 'zset' | 'hash' | 'list' | 'string';

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
  return mistakesOf(key, await client.type(key), wanted, path);
}

const TOGETHER = 1000;

/** The same for many keys, up to so many mistakes. */
export async function checkKeyTypes(
  client: Redis,
  keys: readonly Buffer[],
  { wanted, path, most }: { readonly wanted: EventKeyType; readonly path: readonly string[]; readonly most: number },
): Promise<readonly Mistake[]> {
  const mistakes: Mistake[] = [];
  for (let at = 0; at < keys.length && mistakes.length < most; at += TOGETHER) {
    const page = keys.slice(at, at + TOGETHER);
    const types = await Promise.all(page.map((key) => client.type(key)));
    mistakes.push(...page.flatMap((key, index) => mistakesOf(key, types[index] ?? 'none', wanted, path)));
  }
  return mistakes.slice(0, most);
}

function mistakesOf(
  key: string | Buffer,
  type: string,
  wanted: EventKeyType,
  path: readonly string[],
): readonly Mistake[] {
  if (type === 'none' || type === wanted) return [];
  const shown = showBytes(Buffer.from(key));
  const message = `the key ${shown} is ${NAMES[type] ?? type}, not ${NAMES[wanted]}: name another key, or delete this one`;
  return [{ path, part: 'value', message }];
}
