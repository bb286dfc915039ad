/** Events in a real Redis as the backend and others store them, and the figures that have to come of them. */
import { expect } from 'vitest';
import { createLog } from '../../../packages/service-kit/src/log.ts';
import { isError, type TrackedEvent } from '../../../templates/event-tracking/services/backend/src/event.ts';
import { redisStorage } from '../../../templates/event-tracking/services/backend/src/storage/redis.ts';
import type { EventStorage } from '../../../templates/event-tracking/services/backend/src/storage/storage.ts';
import { figuresByHand } from '../../support/figures-by-hand.ts';
import { connectTo, type Endpoint } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

export const RETENTION_MS = 60_000;
const ALL = 100_000;

/** As versions without figures in Redis have stored events: KEYS the events and their identities. */
const EARLIER_ADD = `
if redis.call('EXISTS', KEYS[1]) < redis.call('EXISTS', KEYS[2]) then
  redis.call('DEL', KEYS[2])
end
local added = {}
for index = 3, #ARGV, 3 do
  local known = redis.call('ZSCORE', KEYS[2], ARGV[index + 1])
  if not known or tonumber(known) < tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[2], ARGV[index], ARGV[index + 1])
    added[#added + 1] = redis.call('ZADD', KEYS[1], ARGV[index], ARGV[index + 2])
  else
    added[#added + 1] = 0
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return table.concat(added)`;

/** For clients that have nothing to tell. */
export const LOG = createLog({ level: 'error', write: () => undefined });

/** The connection string of a server on this machine. */
export function urlOf({ port, password }: Endpoint): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

/** A storage as one instance of the backend has it. @param now milliseconds since 1970. */
export async function openStorage(endpoint: Endpoint, key: string, now: () => number): Promise<EventStorage> {
  const storage = redisStorage({ url: urlOf(endpoint), retentionMs: RETENTION_MS, log: LOG, key, now });
  await waitFor('the connection', () =>
    storage.check().then(
      () => true,
      () => false,
    ),
  );
  return storage;
}

/** @param time milliseconds since 1970. */
export function event(eventId: string, time: number, more: Partial<TrackedEvent> = {}): TrackedEvent {
  return {
    ...{ eventId, tenantId: 'tenant-a', method: 'GET', path: '/api', status: 200, latencyMs: 1.5 },
    timestamp: new Date(time).toISOString(),
    ...more,
  };
}

/** `count` events of five tenants within `spreadMs` before an instant, in any order, with a name of their own. */
export function drawnEvents(
  draw: (from: number, to: number) => number,
  name: string,
  count: number,
  { end, spreadMs }: { readonly end: number; readonly spreadMs: number },
): readonly TrackedEvent[] {
  return Array.from({ length: count }, (_, at) =>
    event(`${name}-${at}`, end - draw(0, spreadMs), {
      tenantId: `tenant-${draw(1, 5)}`,
      status: draw(0, 9) === 0 ? 500 : 200,
      latencyMs: draw(0, 3) === 0 ? 12 : draw(0, 90_000) / 1000,
      ...(draw(0, 20) === 0 ? { error: 'noted' } : {}),
    }),
  );
}

/** As a backend of an earlier version does, also beside one of this version. @param now milliseconds since 1970. */
export async function addAsEarlier(
  endpoint: Endpoint,
  key: string,
  events: readonly TrackedEvent[],
  now: number,
): Promise<void> {
  const members = events.flatMap((one) => [
    String(Date.parse(one.timestamp)),
    JSON.stringify([one.tenantId, one.eventId]),
    JSON.stringify(one),
  ]);
  const redis = connectTo(endpoint);
  try {
    await redis.connect();
    await redis.eval(EARLIER_ADD, 2, key, `${key}:ids`, now - RETENTION_MS, RETENTION_MS, ...members);
  } finally {
    redis.disconnect();
  }
}

/**
 * Both figures of each storage are what a look at every event gives that is in Redis now: with windows that begin before all of them, behind all of them,
 * at one of them and beside it.
 * @returns how many events there are.
 */
export async function expectExact(
  storages: readonly EventStorage[],
  { endpoint, key, now }: { readonly endpoint: Endpoint; readonly key: string; readonly now: number },
): Promise<number> {
  const redis = connectTo(endpoint);
  await redis.connect();
  const stored = await redis.zrange(key, now - RETENTION_MS, '+inf', 'BYSCORE', 'WITHSCORES').finally(() => {
    redis.disconnect();
  });
  const events = stored.flatMap((member, at) => (at % 2 === 0 ? counted(member, Number(stored[at + 1])) : []));
  const times = events.map(({ time }) => time);
  const [first = now, middle = now, last = now] = [times[0], times[times.length >> 1], times.at(-1)];
  for (const from of [0, ...[first, middle, last].flatMap((time) => [time - 1, time, time + 1])]) {
    const { errors, latency } = figuresByHand(events, from);
    for (const storage of storages) {
      expect(await storage.topByErrors(from, ALL), `errors from ${from - now}`).toEqual(errors);
      expect(await storage.topByLatency(from, ALL), `latency from ${from - now}`).toEqual(latency);
    }
  }
  return events.length;
}

/** Nothing for what is no event. */
function counted(member: string, time: number) {
  if (!member.startsWith('{"eventId"')) return [];
  const one = JSON.parse(member) as TrackedEvent;
  return [{ tenantId: one.tenantId, time, latencyMs: one.latencyMs, failed: isError(one) }];
}
