import type { TrackedEvent } from '../event.ts';
import type { Connection } from './connection.ts';
import { eventIn } from './records.ts';

/** Events that are read at once: of all together neither Redis nor others who ask here would have room. */
const PAGE = 1000;

/**
 * Stored events from an instant on, some at a time; of those that come meanwhile some may be among them.
 * @param from milliseconds since 1970. @throws RequestError 503
 */
export async function* eventPages(
  { client, ask }: Connection,
  key: string,
  from: number,
  order: 'oldest first' | 'newest first',
): AsyncGenerator<readonly TrackedEvent[], void> {
  let edge = order === 'oldest first' ? String(from) : '+inf';
  // Of the score at which the last page ended, which the next one begins with.
  let seen = new Set<string>();
  for (;;) {
    const atMost = PAGE + seen.size;
    const answer = await ask(() =>
      order === 'oldest first'
        ? client.zrange(key, edge, '+inf', 'BYSCORE', 'LIMIT', 0, atMost, 'WITHSCORES')
        : client.zrange(key, edge, String(from), 'BYSCORE', 'REV', 'LIMIT', 0, atMost, 'WITHSCORES'),
    );
    const members = answer.filter((_, at) => at % 2 === 0);
    const fresh = members.filter((member) => !seen.has(member));
    yield fresh.flatMap((member) => eventIn(member) ?? []);
    if (members.length < atMost) return;
    const last = answer.at(-1) ?? '';
    seen = new Set(members.filter((_, at) => answer[2 * at + 1] === last));
    edge = last;
  }
}

/** The newest ones of these, oldest first. @param pages newest first. */
export async function newestOf(
  pages: AsyncIterable<readonly TrackedEvent[]>,
  limit: number,
): Promise<readonly TrackedEvent[]> {
  const events: TrackedEvent[] = [];
  for await (const page of pages) {
    events.push(...page);
    if (events.length >= limit) break;
  }
  return events.slice(0, limit).reverse();
}

/** Events that are in memory, some at a time. */
export async function* inPages(events: readonly TrackedEvent[]): AsyncGenerator<readonly TrackedEvent[], void> {
  for (let at = 0; at < events.length; at += PAGE) yield events.slice(at, at + PAGE);
}
