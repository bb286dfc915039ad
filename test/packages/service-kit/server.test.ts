import { connect } from 'node:net';
import type { Hono } from 'hono';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readJson, readQuery } from '../../../packages/service-kit/src/body.ts';
import type { ListeningServer } from '../../../packages/service-kit/src/listen.ts';
import { createLog } from '../../../packages/service-kit/src/log.ts';
import type { ReadinessCheck } from '../../../packages/service-kit/src/readiness.ts';
import { readiness } from '../../../packages/service-kit/src/readiness.ts';
import { createApp, serve } from '../../../packages/service-kit/src/server.ts';

const lines: string[] = [];
const log = createLog({ level: 'info', write: (line) => lines.push(line) });
const servers: ListeningServer[] = [];

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

async function started(checks: readonly ReadinessCheck[] = [], routes: (app: Hono) => void = () => undefined) {
  const app = createApp({ log, checks, maxBodyBytes: 100 });
  routes(app);
  const server = await serve(app, { host: '127.0.0.1', port: 0, log });
  servers.push(server);
  return { server, url: `http://127.0.0.1:${server.port}` };
}

const answer = async (request: Promise<Response>) => {
  const response = await request;
  return { status: response.status, body: await response.json() };
};

// One of them mostly waits.
describe.concurrent('a server', () => {
  describe('readiness', () => {
    const ok: ReadinessCheck = { name: 'ok', check: async () => 'fine' };
    const fails: ReadinessCheck = { name: 'fails', check: () => Promise.reject(new Error('refused')) };
    const hangs: ReadinessCheck = { name: 'hangs', check: () => new Promise(() => undefined) };

    test('ready, degraded, not ready', async () => {
      expect(await readiness([ok], 100)).toEqual({
        status: 'ready',
        checks: [{ name: 'ok', status: 'pass', output: 'fine' }],
      });
      expect((await readiness([ok, { ...fails, essential: false }], 100)).status).toBe('degraded');
      expect((await readiness([ok, fails, { ...fails, essential: false }], 100)).status).toBe('not ready');
    });

    test('a dependency that hangs is a reason, in time', async () => {
      const { url } = await started([ok, hangs]);
      expect(await answer(fetch(`${url}/ready`))).toMatchObject({
        status: 503,
        body: {
          status: 'not ready',
          checks: [{ status: 'pass' }, { status: 'fail', output: 'no answer within 800 ms' }],
        },
      });
      expect(await answer(fetch(`${url}/health`))).toMatchObject({ status: 200, body: { status: 'ok' } });
    });
  });

  describe('requests', () => {
    const schema = z.array(z.strictObject({ status: z.int({ error: 'must be a whole number' }) }));
    const query = z.object({ window: z.coerce.number({ error: 'must be a number' }).default(5) });
    const routes = (app: Hono): void => {
      app.post('/items', async (context) => context.json(await readJson(context, schema), 202));
      app.get('/items', (context) => context.json(readQuery(context, query)));
      app.get('/broken', () => {
        throw new Error('s3cret detail');
      });
    };
    const post = (url: string, body: string | ReadableStream) =>
      answer(fetch(`${url}/items`, { method: 'POST', body, duplex: 'half' } as RequestInit));

    test('JSON whatever the content type says; the wrong field is named', async () => {
      const { url } = await started([], routes);
      const form = {
        method: 'POST',
        body: '[{"status":1}]',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      };
      expect(await answer(fetch(`${url}/items`, form))).toMatchObject({ status: 202, body: [{ status: 1 }] });
      expect(await post(url, '[{"status":1},{"status":"x"}]')).toMatchObject({
        status: 400,
        body: { error: { field: '[1].status', message: 'must be a whole number' } },
      });
      expect((await post(url, '{"a":')).body).toMatchObject({
        error: { message: expect.stringContaining('not JSON') },
      });
      expect((await post(url, '')).status).toBe(400);
      expect(await answer(fetch(`${url}/items?window=x`))).toMatchObject({
        status: 400,
        body: { error: { field: 'window' } },
      });
      expect((await answer(fetch(`${url}/items`))).body).toEqual({ window: 5 });
    });

    test('bodies are bounded, with a length and without one', async () => {
      const { url } = await started([], routes);
      const large = JSON.stringify(Array.from({ length: 20 }, () => ({ status: 1 })));
      expect(await post(url, large)).toMatchObject({
        status: 413,
        body: { error: { message: 'the body is larger than 100 bytes' } },
      });
      expect((await post(url, new Blob([large]).stream())).status).toBe(413);
      expect((await post(url, '[]')).status).toBe(202);
    });

    test('what is not there and what breaks: JSON without details', async () => {
      const { url } = await started([], routes);
      expect(await answer(fetch(`${url}/nothing`))).toMatchObject({ status: 404 });
      const broken = await answer(fetch(`${url}/broken`));
      expect(broken).toMatchObject({ status: 500, body: { error: { message: 'internal error' } } });
      expect(lines.map((line) => JSON.parse(line)).find(({ level }) => level === 'error')).toMatchObject({
        message: 'request failed',
        error: { message: 's3cret detail' },
      });
    });
  });

  test('a stop answers what was accepted, then closes its connection, and takes nothing new', async () => {
    let release: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    let accepted: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => {
      accepted = resolve;
    });
    const { server, url } = await started([], (app) => {
      app.get('/slow', async (context) => {
        accepted();
        await waiting;
        return context.text('done');
      });
    });
    const idle = connect(server.port, '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    const slow = fetch(`${url}/slow`);
    await inside;
    const stopped = server.stop();
    await idleClosed;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    release();
    expect(await (await slow).text()).toBe('done');
    await stopped;
  });
});
