import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { afterAll, describe, expect, test } from 'vitest';
import { createLog } from '../../../packages/service-kit/src/log.ts';
import { backoffMs } from '../../../templates/event-tracking/services/test-app/src/deliver.ts';
import type { SdkEvent } from '../../../templates/event-tracking/services/test-app/src/event.ts';
import { createSdk, type Sdk } from '../../../templates/event-tracking/services/test-app/src/sdk.ts';
import { waitFor } from '../../support/wait-for.ts';

const opened: { readonly server: Server; readonly sdk: Sdk }[] = [];
afterAll(async () => {
  await Promise.all(opened.map(({ sdk }) => sdk.stop()));
  for (const { server } of opened) {
    server.closeAllConnections();
    server.close();
  }
});

interface Answer {
  readonly status?: number | undefined;
  readonly field?: string;
}

/** An event API that answers with the statuses in turn, the last one for ever; 0 breaks the connection. */
async function started(statuses: readonly number[] | ((batch: readonly SdkEvent[]) => Answer), more: object = {}) {
  const batches: SdkEvent[][] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    batches.push(JSON.parse(Buffer.concat(chunks).toString()));
    const { status = 202, field } = Array.isArray(statuses)
      ? { status: statuses[Math.min(batches.length, statuses.length) - 1] }
      : (statuses as (batch: readonly SdkEvent[]) => Answer)(batches.at(-1) ?? []);
    if (status === 0) incoming.socket.destroy();
    else outgoing.writeHead(status).end(JSON.stringify({ error: { field, message: 'the reason' } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sdk = createSdk({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/events`,
    batchSize: 3,
    flushMs: 10,
    maxBuffered: 5,
    timeoutMs: 1000,
    stopWithinMs: 300,
    log: createLog({ level: 'error', write: () => undefined }),
    random: () => 0,
    ...more,
  });
  opened.push({ server, sdk });
  const app = new Hono();
  app.use(sdk.middleware);
  app.get('/users', (context) => context.text('users'));
  app.get('/broken', () => {
    throw new Error('it broke');
  });
  app.onError((_, context) => context.text('sorry', 500));
  const get = (path: string, tenant = 'tenant-a') => app.request(path, { headers: { 'x-tenant-id': tenant } });
  return { sdk, batches, get };
}

const sent = (sdk: Sdk, count: number) => waitFor(`${count} events sent`, () => sdk.stats().sent === count);

const event = (eventId: string): SdkEvent => ({
  ...{ eventId, tenantId: 'a', method: 'GET', path: '/', status: 200, latencyMs: 1 },
  timestamp: new Date().toISOString(),
});
const ids = (batches: readonly (readonly SdkEvent[])[]) =>
  batches.map((batch) => batch.map(({ eventId }) => eventId).join(''));

// They mostly wait.
describe.concurrent('the events of an application', () => {
  test('every request is told about, with who asked and how it went, and none is changed', async () => {
    const { sdk, batches, get } = await started([202]);
    expect(await (await get('/users')).text()).toBe('users');
    expect(await (await get('/broken', 'tenant-b')).text()).toBe('sorry');
    await sent(sdk, 2);
    const common = {
      eventId: expect.any(String),
      method: 'GET',
      latencyMs: expect.any(Number),
      timestamp: expect.any(String),
    };
    expect(batches.flat()).toEqual([
      { ...common, tenantId: 'tenant-a', path: '/users', status: 200 },
      { ...common, tenantId: 'tenant-b', path: '/broken', status: 500, error: 'it broke' },
    ]);
  });

  test('a batch that was not acknowledged is sent again as it was, whatever went wrong', async () => {
    const { sdk, batches, get } = await started([503, 0, 429, 202]);
    await get('/users');
    await sent(sdk, 1);
    expect(batches).toHaveLength(4);
    expect(new Set(batches.map((batch) => JSON.stringify(batch)))).toHaveProperty('size', 1);
    expect(sdk.stats()).toEqual({ sent: 1, buffered: 0, dropped: 0, refused: 0, retries: 3, lastError: null });
  });

  test('the buffer is bounded and requests never wait for it', async () => {
    const { sdk, get } = await started([503]);
    for (let index = 0; index < 12; index += 1) expect((await get('/users')).status).toBe(200);
    expect(sdk.stats()).toMatchObject({ sent: 0, buffered: 5, dropped: 7 });
    await waitFor('a first answer', () => sdk.stats().lastError !== null);
    expect(sdk.stats().lastError).toBe('HTTP 503: the reason');
  });

  test('what the API refuses is not sent again, and does not hold up the rest', async () => {
    const { sdk, get } = await started([400, 202]);
    await get('/users');
    await waitFor('the refusal', () => sdk.stats().refused === 1);
    await get('/users');
    await sent(sdk, 1);
    expect(sdk.stats()).toMatchObject({ dropped: 0, refused: 1, retries: 0 });
  });

  test('a refusal that names an event takes that one alone out of its batch', async () => {
    const refuseB = (batch: readonly SdkEvent[]): Answer => {
      const index = batch.findIndex(({ eventId }) => eventId === 'b');
      return index < 0 ? {} : { status: 400, field: `[${index}].timestamp` };
    };
    const { sdk, batches } = await started(refuseB, { batchSize: 4 });
    for (const id of ['a', 'b', 'c', 'd']) sdk.record(event(id));
    await sent(sdk, 3);
    expect(ids(batches)).toEqual(['abcd', 'acd']);
    expect(sdk.stats()).toEqual({ sent: 3, buffered: 0, dropped: 0, refused: 1, retries: 0, lastError: null });
  });

  test('a batch that is too large goes in parts, and one event that is too large alone goes nowhere', async () => {
    const small = (batch: readonly SdkEvent[]): Answer =>
      batch.length > 2 || batch.some(({ eventId }) => eventId === 'c') ? { status: 413 } : {};
    const { sdk, batches } = await started(small, { batchSize: 5 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) sdk.record(event(id));
    await sent(sdk, 4);
    expect(ids(batches).slice(0, 3)).toEqual(['abcde', 'abc', 'ab']);
    expect(sdk.stats()).toEqual({ sent: 4, buffered: 0, dropped: 0, refused: 1, retries: 0, lastError: null });
  });

  test('waiting for events, again and again, leaves no listeners behind', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => void warnings.push(name);
    process.on('warning', note);
    const { sdk } = await started([202], { flushMs: 1 });
    for (let count = 1; count <= 12; count += 1) {
      sdk.record(event(String(count)));
      await sent(sdk, count);
    }
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  test('a stop sends what waits, at once; what cannot be sent in time is counted', async () => {
    const fine = await started([202], { flushMs: 60_000, maxBuffered: 100 });
    for (let index = 0; index < 7; index += 1) await fine.get('/users');
    await fine.sdk.stop();
    expect(fine.sdk.stats()).toMatchObject({ sent: 7, buffered: 0, dropped: 0 });
    expect(fine.batches.map(({ length }) => length)).toEqual([3, 3, 1]);

    const away = await started([503]);
    await away.get('/users');
    await away.sdk.stop();
    expect(away.sdk.stats()).toMatchObject({ sent: 0, buffered: 0, dropped: 1 });
  });
});

test('the wait doubles up to a limit, and is spread', () => {
  expect([0, 1, 2, 10, 99].map((attempt) => backoffMs(attempt, () => 1))).toEqual([100, 200, 400, 5000, 5000]);
  expect([0, 10].map((attempt) => backoffMs(attempt, () => 0))).toEqual([50, 2500]);
});
