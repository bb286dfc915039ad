/** opalmind-api as a program of its own, with a real Redis that is killed, frozen and started again under it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answer, type Api, openPrograms, type Programs } from '../../services/cache-api/programs.ts';
import { canRun } from '../../support/need.ts';
import { ask } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What one request may wait for Redis, altogether. */
const REDIS_WAIT_MS = 300;
/** Calls at once that keep one instance busy for longer than a request waits for Redis. */
const BURST = 500;

let programs: Programs;
beforeEach(async ({ skip }) => {
  if (!canRun('redis-server')) skip('redis-server is not installed');
  programs = await openPrograms();
});
afterEach(async () => programs?.[Symbol.asyncDispose]());

const page = (name: string): string => `https://shop.example/${name}`;
const at = <Item>(items: readonly Item[], index: number): Item =>
  items[index] ?? (expect.fail(`no item ${index}`) as never);

async function untilStatus(api: Api, status: string): Promise<Answer> {
  const attempt = async () => {
    const answer = await api.get('/tools/get-health-status');
    return answer.body.status === status && answer;
  };
  return waitFor(`the status ${status}`, attempt);
}

/** Sends page views with keys of their own until it is stopped. */
function load(api: Api, name: string): { readonly answers: readonly Answer[]; stop(): Promise<readonly Answer[]> } {
  const answers: Answer[] = [];
  let running = true;
  const lane = async (number: number): Promise<void> => {
    for (let call = 0; running; call += 1) {
      const key = `${name}-${number}-${call}`;
      answers.push(await api.post('/track/pageview', { url: page(key), idempotencyKey: key }));
    }
  };
  const lanes = Promise.all([0, 1, 2, 3].map(lane));
  lanes.catch(() => undefined); // a test that has failed before no longer waits for them
  return {
    answers,
    stop: async () => {
      running = false;
      await lanes;
      return answers;
    },
  };
}

test('50 duplicates at once, over two instances, reach Matomo once and have one answer, also after a restart', async () => {
  await programs.startRedis();
  const apis = await Promise.all([programs.startApi(), programs.startApi()]);
  await programs.behave({ latencyMs: 150 });
  const body = { url: page('same'), siteId: 3, idempotencyKey: 'same' };

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, number) => at(apis, number % 2).post('/track/pageview', body)),
  );
  expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body])))).toHaveLength(1);
  expect(at(answers, 0)).toMatchObject({ status: 200, body: { idempotencyKey: 'same', siteId: 3, url: page('same') } });
  expect(answers.filter(({ headers }) => headers.get('Idempotency-Replayed') === null)).toHaveLength(1);
  expect(await programs.tracked(page('same'))).toBe(1);

  for (const api of apis) expect(await api.end('SIGTERM')).toBe(0);
  const restarted = await programs.startApi();
  expect((await restarted.post('/track/pageview', body)).body).toEqual(at(answers, 0).body);
  expect(await programs.tracked(page('same'))).toBe(1);
  expect(await ask(programs.redis, 'PTTL', 'opalmind:idempotency:same')).toBeGreaterThan(86_300_000);

  const other = await restarted.post('/track/pageview', { ...body, url: page('other') });
  expect(other).toMatchObject({ status: 422, body: { error: { field: 'idempotencyKey' } } });
  expect(await programs.tracked(page('other'))).toBe(0);
});

test('of a burst that keeps the API busy every result gets to Redis, and none is sent again after a restart', async () => {
  await programs.startRedis();
  const api = await programs.startApi();
  const send = (to: Api) =>
    Promise.all(
      Array.from({ length: BURST }, (_, call) =>
        to.post('/track/pageview', { url: page(`burst-${call}`), idempotencyKey: `burst-${call}` }),
      ),
    );
  const trackedCalls = async () => {
    const answer = await fetch(`${programs.sandboxUrl}/sandbox/stats`);
    return ((await answer.json()) as { tracking: { calls: number } }).tracking.calls;
  };
  // A request that has used up what it may wait for Redis is answered all the same: its result follows.
  const first = await send(api);
  expect(first.filter(({ status }) => status !== 200)).toEqual([]);
  expect(await trackedCalls()).toBe(BURST);
  const keys = first.map(({ body }) => `opalmind:idempotency:${body.idempotencyKey}`);
  await waitFor('every result in Redis', async () => {
    const records = (await ask(programs.redis, 'MGET', ...keys)) as readonly (string | null)[];
    return records.every((record) => record?.includes('"state":"done"'));
  });
  expect(api.output()).not.toContain('falling back');

  expect(await api.end('SIGTERM')).toBe(0);
  const second = await send(await programs.startApi());
  expect(second.map(({ body }) => body)).toEqual(first.map(({ body }) => body));
  expect(await trackedCalls()).toBe(BURST);
});

test('what Matomo failed at is no result: the same key is sent again', async () => {
  await programs.startRedis();
  const api = await programs.startApi({ MATOMO_TIMEOUT_MS: '300' });
  const body = { url: page('again'), idempotencyKey: 'again' };
  await programs.behave({ failNext: 1 });
  const failed = await Promise.all([1, 2, 3].map(() => api.post('/track/pageview', body)));
  expect(failed.map(({ status }) => status)).toEqual([502, 502, 502]);
  expect(await ask(programs.redis, 'EXISTS', 'opalmind:idempotency:again')).toBe(0);

  await programs.behave({ latencyMs: 2000 });
  expect((await api.post('/track/pageview', { url: page('slow') })).status).toBe(504);
  await programs.behave({});
  expect((await api.post('/track/pageview', body)).status).toBe(200);
  expect(await programs.tracked(page('again'))).toBe(1);
});

test('a claim whose owner died is taken over once it has expired', async () => {
  await programs.startRedis();
  const owner = await programs.startApi({ MATOMO_TIMEOUT_MS: '1000' });
  await programs.behave({ latencyMs: 800 });
  const body = { url: page('orphan'), idempotencyKey: 'orphan' };
  const lost = owner.post('/track/pageview', body).catch(() => 'no answer');
  await waitFor('the claim', async () => (await ask(programs.redis, 'EXISTS', 'opalmind:idempotency:orphan')) === 1);
  await owner.end('SIGKILL');
  expect(await lost).toBe('no answer');

  await programs.behave({});
  const heir = await programs.startApi({ MATOMO_TIMEOUT_MS: '1000' });
  expect((await heir.post('/track/pageview', body)).status).toBe(200);
  // The call of the dead owner had been sent: the README says that such a one is counted twice.
  expect(await programs.tracked(page('orphan'))).toBeGreaterThanOrEqual(1);
});

test('key numbers come from the cache, which outlives the API', async () => {
  await programs.startRedis();
  const first = await programs.startApi({ REDIS_CACHE_TTL: '60' });
  const asked = await first.post('/tools/get-key-numbers', { period: 'day', date: 'today' });
  expect(asked).toMatchObject({ status: 200, body: { siteId: 1, cached: false } });
  expect(asked.body.keyNumbers).toMatchObject({ nb_visits: expect.any(Number), nb_pageviews: expect.any(Number) });
  const query = await first.get('/tools/get-key-numbers?period=day&date=today&siteId=1');
  expect(query.body).toEqual({ ...asked.body, cached: true });
  expect((await first.get('/tools/get-cache-stats')).body).toMatchObject({ hits: 1, misses: 1, hitRate: 0.5 });
  expect(await ask(programs.redis, 'TTL', 'opalmind:cache:key-numbers:1:day:today')).toBeGreaterThan(50);

  await first.end('SIGKILL');
  const second = await programs.startApi();
  expect((await second.get('/tools/get-cache-stats')).body).toMatchObject({ store: 'redis', entries: 1, hits: 0 });
  expect((await second.get('/tools/get-key-numbers')).body.cached).toBe(true);
});

test.for([
  { how: 'killed', signal: 'SIGKILL' },
  { how: 'frozen', signal: 'SIGSTOP' },
] as const)(
  'Redis is $how under load: requests go on from memory, and it is used again when it is back',
  async ({ how, signal }) => {
    const redis = await programs.startRedis();
    const api = await programs.startApi();
    const kept = { url: page('kept'), idempotencyKey: 'kept' };
    const before = await api.post('/track/pageview', kept);
    const traffic = load(api, how);
    await waitFor('traffic', async () => (await programs.tracked(page(`${how}-0-20`))) === 1);

    const warm = traffic.answers.length;
    redis.child.kill(signal);
    const degraded = await untilStatus(api, 'degraded');
    const reason = how === 'killed' ? /Connection (refused|closed)/ : /no answer/i;
    expect(degraded.body.checks).toContainEqual({
      name: 'redis-connection',
      status: 'fail',
      output: expect.stringMatching(reason),
    });
    expect(await (await fetch(`${api.url}/ready`)).json()).toMatchObject({ status: 'degraded' });
    expect((await api.post('/track/pageview', kept)).body).toEqual(before.body);
    expect((await api.post('/tools/get-key-numbers', {})).status).toBe(200);
    expect((await api.get('/tools/get-cache-stats')).body).toMatchObject({ store: 'memory', entries: 1 });
    const away = { url: page('away'), idempotencyKey: 'away' };
    const sent = await api.post('/track/pageview', away);

    if (how === 'frozen') redis.child.kill('SIGCONT');
    else await programs.startRedis();
    await untilStatus(api, 'healthy');
    const answers = await traffic.stop();

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const longest = Math.max(...answers.slice(warm).map(({ redisMs }) => redisMs));
    // That there is an end to the wait; a busy machine answers late.
    expect(longest).toBeLessThan(10 * REDIS_WAIT_MS);
    // Each call has a key of its own: sent once, however Redis fared meanwhile.
    const all = await fetch(`${programs.sandboxUrl}/sandbox/tracked?contains=/${how}-`);
    const { urls } = (await all.json()) as { urls: readonly string[] };
    expect(urls.toSorted()).toEqual(answers.map(({ body }) => body.url).toSorted());

    // What was settled while Redis was away is known to it now: another instance answers with the same result.
    await waitFor(
      'the outcome in Redis',
      async () => (await ask(programs.redis, 'EXISTS', 'opalmind:idempotency:away')) === 1,
    );
    const other = await programs.startApi();
    await waitFor(
      'the same result',
      async () => (await other.post('/track/pageview', away)).body.trackedAt === sent.body.trackedAt,
    );
    expect(await programs.tracked(page('away'))).toBe(1);
  },
);

test('without Redis at the start it begins on memory, and moves over when Redis comes', async () => {
  const api = await programs.startApi();
  expect((await untilStatus(api, 'degraded')).body.checks).toContainEqual({
    name: 'redis-connection',
    status: 'fail',
    output: 'Connection refused',
  });
  expect(api.output()).toContain('Redis connection failed, falling back to in-memory storage');
  const body = { url: page('early'), idempotencyKey: 'early' };
  const early = await api.post('/track/pageview', body);
  expect((await api.post('/track/pageview', body)).body).toEqual(early.body);

  await programs.startRedis();
  await untilStatus(api, 'healthy');
  expect(api.output()).toContain('Redis connection established');
  await waitFor('the record', async () => (await ask(programs.redis, 'EXISTS', 'opalmind:idempotency:early')) === 1);
  expect(await api.end('SIGTERM')).toBe(0);
  const restarted = await programs.startApi();
  expect((await restarted.post('/track/pageview', body)).body).toEqual(early.body);
  expect(await programs.tracked(page('early'))).toBe(1);
});

test('only the token lets in, wrong input is named, secrets stay out of the log', async () => {
  const api = await programs.startApi({ REDIS_HOST: '' });
  const status = async (token: string) =>
    (await fetch(`${api.url}/tools/get-cache-stats`, { headers: { Authorization: token } })).status;
  expect(await status('')).toBe(401);
  expect(await status('Bearer wrong')).toBe(401);
  expect(await status('Basic bearer-of-the-test')).toBe(401);
  expect((await api.get('/tools/get-health-status')).body).toMatchObject({ status: 'healthy' });

  const wrong: readonly (readonly [unknown, string])[] = [
    [{}, 'url'],
    [{ url: 5 }, 'url'],
    [{ url: 'ftp://x.example' }, 'url'],
    [{ url: page('x'), siteId: 0 }, 'siteId'],
    [{ url: page('x'), idempotencyKey: 'a b' }, 'idempotencyKey'],
  ];
  for (const [body, field] of wrong) {
    const message = expect.stringMatching(/^must be /);
    expect(await api.post('/track/pageview', body)).toMatchObject({ status: 400, body: { error: { field, message } } });
  }
  for (const date of [
    { period: 'range', date: 'today' },
    { date: '2026-13-45' },
    { date: '2026-02-29' },
    { period: 'range', date: '2026-02-27,2026-02-30' },
  ]) {
    const answer = await api.post('/tools/get-key-numbers', date);
    expect(answer).toMatchObject({ status: 400, body: { error: { field: 'date' } } });
  }
  expect(api.output()).not.toMatch(/of-the-test/);
});
