/** Finds the events of a traffic run in what a server holds. In pieces, so that no reply is large. */
import type { Redis } from 'ioredis';
import { idsIn } from '../../stack/traffic.ts';

const PAGE = 2000;

/** Ids in the members of a sorted set, in its order. */
export async function idsInSortedSet(
  client: Redis,
  key: string,
  runId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let start = 0; ; start += PAGE) {
    signal.throwIfAborted();
    const members = await client.zrange(key, String(start), String(start + PAGE - 1));
    for (const member of members) ids.push(...idsIn(member, runId));
    if (members.length < PAGE) return ids;
  }
}

/** Ids in the entries of a stream, in its order. */
export async function idsInStream(
  client: Redis,
  key: string,
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
