import { expect, test } from 'vitest';
import { createLog } from '../../../packages/service-kit/src/log.ts';
import { createApp } from '../../../packages/service-kit/src/server.ts';
import type { TrackedEvent } from '../../../templates/event-tracking/services/backend/src/event.ts';
import { routes } from '../../../templates/event-tracking/services/backend/src/routes.ts';
import { memoryStorage } from '../../../templates/event-tracking/services/backend/src/storage/memory.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const MINUTE = 60_000;

function api() {
  let now = NOW;
  const clock = () => now;
  const retentionMs = 60 * MINUTE;
  const storage = memoryStorage({ retentionMs, maxEvents: 5, now: clock });
  const app = createApp({ log: createLog({ level: 'error', write: () => undefined }), checks: [] });
  app.route('/api/v1', routes({ storage, retentionMs, instance: 'backend-1', now: clock }));
  const answer = async (response: Response | Promise<Response>) => ({
    status: (await response).status,
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into it with matchers
    body: (await (await response).json()) as any,
  });
  return {
    later: (ms: number) => {
      now += ms;
    },
    get: (path: string) => answer(app.request(`/api/v1${path}`)),
    post: (body: unknown) => answer(app.request('/api/v1/events', { method: 'POST', body: JSON.stringify(body) })),
  };
}

const event = (more: object = {}) => ({ tenantId: 'a', method: 'get', path: '/x', status: 200, latencyMs: 5, ...more });
const at = (ms: number) => new Date(NOW + ms).toISOString();

test('one event or several, stored in one shape', async () => {
  const { get, post } = api();
  expect(await post(event())).toEqual({ status: 202, body: { accepted: 1, duplicates: 0 } });
  const two = [
    event({ timestamp: NOW - 2000, error: 'broken', more: 'is left out' }),
    event({ timestamp: '2026-01-01T12:59:59+01:00', error: null }),
  ];
  expect(await post(two)).toEqual({ status: 202, body: { accepted: 2, duplicates: 0 } });
  const { body } = await get('/debug/events');
  const stored = { eventId: expect.any(String), tenantId: 'a', method: 'GET', path: '/x', status: 200, latencyMs: 5 };
  expect(body).toEqual({
    window: 15,
    count: 3,
    events: [
      { ...stored, timestamp: at(-2000), error: 'broken' },
      { ...stored, timestamp: at(-1000) },
      { ...stored, timestamp: at(0) },
    ],
  });
});

test.each([
  [{ tenantId: '' }, 'tenantId', 'must not be empty'],
  [{ status: 99 }, 'status', 'must be an HTTP status from 100 to 599'],
  [{ status: '200' }, 'status', 'must be an HTTP status from 100 to 599'],
  [{ latencyMs: -1 }, 'latencyMs', 'must be a number of milliseconds from 0 to 86400000'],
  [{ path: undefined }, 'path', 'must be text'],
  [{ timestamp: 'yesterday' }, 'timestamp', 'must be an ISO 8601 time with a zone, or milliseconds since 1970'],
  [{ timestamp: at(-61 * MINUTE) }, 'timestamp', 'is older than the 3600 s that are kept'],
  [{ timestamp: at(2 * MINUTE) }, 'timestamp', 'is in the future'],
  [{ error: 5 }, 'error', 'must be text, true, false or null'],
])('%j is refused, and with it the whole batch', async (wrong, field, message) => {
  const { get, post } = api();
  expect(await post(event(wrong))).toEqual({ status: 400, body: { error: { field, message } } });
  const batch = await post([event(), event(wrong)]);
  expect(batch).toEqual({ status: 400, body: { error: { field: `[1].${field}`, message } } });
  expect((await get('/debug/stats')).body).toMatchObject({ events: 0 });
});

test('what is no event at all, and too many of them', async () => {
  const { post } = api();
  expect((await post(5)).body.error.message).toMatch('must be an event');
  expect((await post([null])).body.error).toMatchObject({ field: '[0]' });
  expect((await post(Array(1001).fill(event()))).body.error.message).toBe('at most 1000 events in one request');
  expect((await post([])).status).toBe(202);
});

test('windows are minutes back from now; both figures respect window and limit', async () => {
  const { get, post } = api();
  await post([
    event({ timestamp: at(-10 * MINUTE), status: 500 }),
    event({ timestamp: at(-4 * MINUTE), tenantId: 'b', status: 500 }),
    event({ timestamp: at(-MINUTE), tenantId: 'b' }),
  ]);
  const tenants = async (query: string) => (await get(`/analytics/top-tenants/errors?${query}`)).body.tenants;
  const b = { tenantId: 'b', count: 2, errors: 1, errorRate: 0.5 };
  expect(await tenants('window=5&limit=10')).toEqual([b]);
  expect(await tenants('window=2')).toEqual([{ ...b, count: 1, errors: 0, errorRate: 0 }]);
  expect(await tenants('window=15&limit=1')).toEqual([{ tenantId: 'a', count: 1, errors: 1, errorRate: 1 }]);
  expect((await get('/analytics/top-tenants/latency?window=0.5')).body).toEqual({
    window: 0.5,
    limit: 10,
    unit: 'ms',
    tenants: [],
  });
  expect((await get('/debug/events?window=15&limit=1')).body).toMatchObject({ count: 3, events: [{ tenantId: 'b' }] });
});

test.each([
  ['window=0', 'window', 'must be a number of minutes, more than 0 and at most 60'],
  ['window=61', 'window', 'must be a number of minutes, more than 0 and at most 60'],
  ['window=5x', 'window', 'must be a number of minutes, more than 0 and at most 60'],
  ['limit=1.5', 'limit', 'must be a whole number from 1 to 100000'],
  ['limit=-1', 'limit', 'must be a whole number from 1 to 100000'],
])('the query %s is refused', async (query, field, message) => {
  expect(await api().get(`/analytics/top-tenants/latency?${query}`)).toEqual({
    status: 400,
    body: { error: { field, message } },
  });
});

test('an event that is sent again with its id counts once, with a time or without, for its tenant alone', async () => {
  const { get, post, later } = api();
  await post([event({ eventId: 'one' }), event({ eventId: 'one', tenantId: 'b' })]);
  later(1000);
  const again = [event({ eventId: 'one' }), event({ eventId: 'one', tenantId: 'b', latencyMs: 9 })];
  expect((await post(again)).body).toEqual({ accepted: 2, duplicates: 2 });
  expect((await get('/debug/stats')).body).toMatchObject({ events: 2, newest: at(0) });
  later(60 * MINUTE);
  expect((await post(event({ eventId: 'one' }))).body).toEqual({ accepted: 1, duplicates: 0 });
});

test('memory at its limit takes an event without a look at all the others', async () => {
  const storage = memoryStorage({ retentionMs: 60 * MINUTE, maxEvents: 20_000, now: () => NOW });
  const events = (first: number, count: number): TrackedEvent[] =>
    Array.from({ length: count }, (_, index) => ({
      ...{ eventId: String(first + index), tenantId: 'a', method: 'GET', path: '/', status: 200, latencyMs: 1 },
      timestamp: at(0),
    }));
  const startedAt = performance.now();
  await storage.add(events(0, 20_000));
  const filledAt = performance.now();
  const takes: number[] = [];
  for (let first = 20_000; first < 20_500; first += 100) {
    const begin = performance.now();
    for (let id = first; id < first + 100; id += 1) await storage.add(events(id, 1));
    takes.push(performance.now() - begin);
  }
  // To sort all of them a hundred times takes far longer. The quickest hundred is the one that nothing has disturbed.
  expect(Math.min(...takes)).toBeLessThan(filledAt - startedAt);
  expect(await storage.stats()).toMatchObject({ events: 20_000, dropped: 500 });
  expect((await storage.newest(0, 20_000))[0]?.eventId).toBe('500');
});

test('memory is bounded: by number, the first ones go, and by age', async () => {
  const { get, post, later } = api();
  await post(Array.from({ length: 8 }, (_, index) => event({ path: `/${index}`, timestamp: at(index) })));
  const { body } = await get('/debug/stats');
  expect(body).toMatchObject({ storage: 'memory', events: 5, oldest: at(3), newest: at(7), dropped: 3 });
  expect(body.instance).toMatchObject({ name: 'backend-1', requests: 1, accepted: 8, duplicates: 0 });
  const { tenants } = (await get('/analytics/top-tenants/errors?window=60')).body;
  expect(tenants).toEqual([{ tenantId: 'a', count: 5, errors: 0, errorRate: 0 }]);
  later(61 * MINUTE);
  expect((await get('/debug/stats')).body).toMatchObject({ events: 0, oldest: null, dropped: 3 });
});
