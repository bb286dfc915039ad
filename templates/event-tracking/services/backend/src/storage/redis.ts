import { identityOf, type TrackedEvent, timeOf } from '../event.ts';
import { type ConnectionOptions, connect, execute } from './connection.ts';
import { follow } from './follower.ts';
import { inGroups } from './groups.ts';
import { type EventKeys, entryNames } from './log.ts';
import { eventPages, newestOf } from './pages.ts';
import { eventIn, recordOf } from './records.ts';
import type { EventStorage } from './storage.ts';

/** The sorted set: one member for each event, its JSON, scored by the time of the event in milliseconds since 1970. */
export const EVENTS_KEY = 'sentinel:events';

export interface RedisOptions extends ConnectionOptions {
  readonly retentionMs: number;
  readonly key?: string;
  readonly now?: () => number;
}

/** Events in Redis, shared by every instance of the backend. */
export function redisStorage(options: RedisOptions): EventStorage {
  const { retentionMs, log, key = EVENTS_KEY, now = Date.now } = options;
  const { client, ask } = connect(options);
  const keys: EventKeys = [key, `${key}:ids`, `${key}:log`, `${key}:log:state`];
  const keptFrom = () => now() - retentionMs;
  const nameOf = entryNames();
  const together = inGroups(async (events) => {
    let latest = 0;
    const members = events.flatMap((event) => {
      const time = timeOf(event);
      if (time > latest) latest = time;
      return [recordOf(event, time), identityOf(event), JSON.stringify(event)];
    });
    return ask(() => client.addEvents(...keys, keptFrom(), retentionMs, nameOf(latest), ...members));
  });
  const follower = follow({ client, ask, keys, log, keptFrom });
  const kept = (from: number): number => Math.max(from, keptFrom());
  return {
    name: 'redis',
    add: (events) => (events.length === 0 ? Promise.resolve(0) : together(events)),
    topByErrors: (from, limit) => follower.ask((index) => index.topByErrors(kept(from), limit)),
    topByLatency: (from, limit) => follower.ask((index) => index.topByLatency(kept(from), limit)),
    count: (from) => follower.ask((index) => index.count(kept(from))),
    since: (from) => eventPages({ client, ask }, key, kept(from), 'oldest first'),
    newest: (from, limit) => newestOf(eventPages({ client, ask }, key, kept(from), 'newest first'), limit),
    stats: async () => {
      const limit = String(keptFrom());
      const [events, oldest, newest, ttlS] = await ask(() =>
        execute(
          client
            .multi()
            .zcount(key, limit, '+inf')
            .zrange(key, limit, '+inf', 'BYSCORE', 'LIMIT', 0, 1)
            .zrange(key, -1, '-1')
            .ttl(key),
        ),
      );
      const found = Number(events) > 0;
      return {
        events: Number(events),
        oldest: found ? timestampOf(oldest) : null,
        newest: found ? timestampOf(newest) : null,
        ttlS: Number(ttlS) < 0 ? null : Number(ttlS),
        dropped: 0,
      };
    },
    check: async () => {
      if (client.status !== 'ready') throw new Error(`no connection to Redis (${client.status})`);
      // Passes every check of a write (READONLY, MISCONF, OOM) and then does nothing: the key is not there.
      await client.set(`${key}:probe`, '1', 'XX');
      return undefined;
    },
    close: async () => {
      follower.stop();
      // Everything that was asked for has been answered. A client that has ended would keep the process for 2 s more.
      if (client.status !== 'end') client.disconnect();
    },
  };
}

function timestampOf(members: unknown): TrackedEvent['timestamp'] | null {
  const [member = ''] = members as readonly string[];
  return eventIn(member)?.timestamp ?? null;
}
