/** Finds the events of a traffic run in what a server holds. In pieces, so that no reply is large. */
import type { Redis } from 'ioredis';
import { idsIn } from '../../stack/contract/traffic.ts';
import { bytesId } from './bytes.ts';

const PAGE = 2000;

/**
 * Ids in the members of a sorted set, in no order. Pages by rank would shift when a client writes meanwhile; SCAN names
 * everything that is there all the time at least once (https://redis.io/docs/latest/commands/scan/), and no two members
 * are equal.
 */
export async function idsInSortedSet(
  client: Redis,
  key: string,
  runId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = new Map<string, readonly string[]>();
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const reply = await client.callBuffer('ZSCAN', key, cursor, 'COUNT', PAGE);
    const [next, membersAndScores] = reply as [Buffer, Buffer[]];
    for (const [index, member] of membersAndScores.entries()) {
      const ids = index % 2 === 0 ? idsIn(member.toString('utf8'), runId) : [];
      if (ids.length > 0) found.set(bytesId(member), ids);
    }
    cursor = String(next);
  } while (cursor !== '0');
  return [...found.values()].flat();
}

/** Ids in the entries of a stream, in its order. */
export async function idsInStream(
  client: Redis,
  key: string | Buffer,
  runId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let start = '-'; ; ) {
    signal.throwIfAborted();
    const entries = await client.xrange(key, start, '+', 'COUNT', PAGE);
    for (const [, fields] of entries) ids.push(...idsIn(fields.join('\n'), runId));
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE) return ids;
    start = `(${last[0]}`;
  }
}
