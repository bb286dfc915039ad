/** Takes the events of a traffic run out of what a server holds. In pieces, so that no reply is large. */
import type { Redis } from 'ioredis';
import { idsIn } from '../../stack/contract/event-id.ts';
import { BEGINNING } from './event-reader.ts';

const PAGE = 200;

/** Entries of a stream that hold an id of the run. */
export async function removeEntries(
  client: Redis,
  key: string | Buffer,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let place = BEGINNING; ; ) {
    signal.throwIfAborted();
    const entries = await client.xrangeBuffer(key, `(${place}`, '+', 'COUNT', PAGE);
    const own = entries.filter(([, fields]) => fields.some((field) => isOfRun(field, runId)));
    if (own.length > 0) await client.xdel(key, ...own.map(([id]) => id));
    if (entries.length < PAGE) return;
    place = String(entries.at(-1)?.[0]);
  }
}

/**
 * Members of a sorted set that hold an id of the run. SCAN names everything that is there all the time at least once, also while
 * others are removed (https://redis.io/docs/latest/commands/scan/).
 */
export async function removeMembers(
  client: Redis,
  key: string | Buffer,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const [next, membersAndScores] = (await client.callBuffer('ZSCAN', key, cursor, 'COUNT', PAGE)) as [
      Buffer,
      Buffer[],
    ];
    const own = membersAndScores.filter((member, index) => index % 2 === 0 && isOfRun(member, runId));
    if (own.length > 0) await client.zrem(key, ...own);
    cursor = String(next);
  } while (cursor !== '0');
}

/** An id is ASCII, and no byte of another character looks like one of its. */
function isOfRun(bytes: Buffer, runId: string): boolean {
  return bytes.includes(runId) && idsIn(bytes.toString('latin1'), runId).length > 0;
}
