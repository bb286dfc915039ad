import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { crash } from '../support/crash.ts';
import { freePorts } from '../support/free-ports.ts';
import { openTestProject, type TestProject } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRounds, gateRuntimes, requireRuntime } from '../support/require.ts';
import { instanceIn, untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';
import { LOOKS } from '../templates/event-tracking-lines.ts';

const KEY = 'sentinel:events';
const BACKEND = join(ROOT, 'templates/event-tracking/services/backend');

test.for(gateRuntimes('process'))(
  '%s: the guide, restarts, three backends, crashes under traffic, nothing left',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ stack: 'event-tracking', runtime });
    const { redisPort = 0, backendPort, testAppPort } = project.portValues;
    const [api, app] = [`http://127.0.0.1:${backendPort}/api/v1`, `http://127.0.0.1:${testAppPort}/api/v1`];
    const count = async () => Number(await ask(redisPort, 'ZCARD', KEY));

    const first = await project.up('--build');
    expect(first.instances.map(({ name }) => name)).toEqual(['redis-1', 'backend-1', 'gateway-1', 'test-app-1']);

    // The guide: traffic through the application, figures from the backend.
    for (let round = 0; round < 20; round += 1) {
      const users = await fetch(`${app}/users`, { headers: { 'x-tenant-id': 'tenant-a' } });
      const error = await fetch(`${app}/error`, { headers: { 'x-tenant-id': 'tenant-b' } });
      expect([users.status, error.status]).toEqual([200, 500]);
    }
    await waitFor('the events of the SDK', async () => (await count()) === 40);
    expect(await json(`${api}/analytics/top-tenants/errors?window=5&limit=10`)).toMatchObject({
      tenants: [
        { tenantId: 'tenant-b', count: 20, errors: 20, errorRate: 1 },
        { tenantId: 'tenant-a', count: 20, errors: 0, errorRate: 0 },
      ],
    });
    const figures = { count: 20, p50: expect.any(Number), p99: expect.any(Number), avg: expect.any(Number) };
    const { tenants } = (await json(`${api}/analytics/top-tenants/latency?window=5&limit=10`)) as {
      tenants: unknown[];
    };
    expect(tenants).toEqual([expect.objectContaining(figures), expect.objectContaining(figures)]);
    expect(await json(`${api}/debug/stats`)).toMatchObject({ storage: 'redis', events: 40 });
    expect(await json(`${app}/sdk/stats`)).toMatchObject({ sent: 40, dropped: 0, refused: 0 });
    for (const { stackctl, answer } of LOOKS) {
      const { code, out, err } = await project.run(stackctl.split(' ').slice(1));
      expect({ stackctl, code, err }).toMatchObject({ stackctl, code: 0 });
      expect(out.replaceAll('\r', ''), stackctl).toMatch(answer);
    }

    const follow = project.begin(['logs', '--follow']);
    let followed = '';
    follow.child.stdout?.on('data', (text) => (followed += text));
    await waitFor('logs of all services', () =>
      ['redis-1', 'backend-1', 'gateway-1', 'test-app-1'].every((name) => followed.includes(name)),
    );
    follow.child.kill('SIGINT');
    await follow.ended;

    // Restarts, and an end without --volumes, keep every acknowledged event.
    const again = [() => project.json(['restart', 'backend']), () => project.json(['restart', 'redis'])];
    const downAndUp = async () => {
      expect(await project.json(['down'])).toMatchObject({ code: 0 });
      await project.up();
      return { code: 0 };
    };
    for (const change of [...again, downAndUp]) {
      expect(await change()).toMatchObject({ code: 0 });
      expect(await json(`${api}/debug/events?window=15`)).toMatchObject({ count: 40 });
      expect(await inFigures(api)).toBe(40);
    }

    // What is too large is refused as such, whoever refuses it.
    for (const bytes of [1_100_000, 5_000_000]) expect(await post(api, 'x'.repeat(bytes))).toBe(413);

    // Three backends behind one address, with one Redis; the gateway goes on while their number changes.
    const before = instanceIn(await project.status(), 'gateway-1');
    expect(await project.json(['scale', 'backend=3'])).toMatchObject({ code: 0 });
    const scaled = await untilHealthy(project);
    expect(instanceIn(scaled, 'gateway-1').startedAt).toBe(before.startedAt);
    const backends = scaled.instances.filter(({ service }) => service === 'backend');
    for (const { name } of backends) await expectReachable(project, name);
    const served = new Map<string, number>();
    await waitFor('traffic on all three', async () => {
      const answer = await fetch(`${api}/debug/stats`);
      served.set(answer.headers.get('x-upstream') ?? '', ((await answer.json()) as { events: number }).events);
      return served.size === 3;
    });
    // Replicas have no name that the gateway could know.
    const names = backends.map(({ name, peer }) => (runtime === 'docker' ? peer : name));
    expect([...served].toSorted()).toEqual(names.toSorted().map((name) => [name, 40]));

    // kill -9 under traffic: what was acknowledged is there, once.
    const victims = ['backend-2', 'redis-1', 'gateway-1', 'test-app-1'];
    for (const victim of gateRounds(victims.slice(0, 3), victims)) {
      const acked = await writeThrough(api, victim, async () => crash(instanceIn(await project.status(), victim)));
      await untilHealthy(project);
      expect(await lostOrDoubled(redisPort, acked)).toEqual([]);
      // Whichever backend answers.
      for (let round = 0; round < 6; round += 1) expect(await inFigures(api)).toBe(await count());
    }

    const fewer = await project.up('--scale', 'backend=2');
    expect(fewer.surplus).toEqual([]);
    expect(fewer.instances.filter(({ service }) => service === 'backend')).toHaveLength(2);

    // Built again, they are started again one after the other: whoever asks at their address notices nothing.
    const traffic = askAgainAndAgain(`${api}/debug/stats`);
    expect(await project.json(['up', 'event-tracking', 'backend', '--build'])).toMatchObject({ code: 0 });
    const statuses = await traffic.stop();
    const answers = new Set(statuses);
    expect({ answers: [...answers], several: statuses.length > 20 }).toEqual({ answers: [200], several: true });
    const seeded = await project.json(['seed', 'traffic', '--count', '1000']);
    expect(seeded).toMatchObject({ code: 0, data: { acked: 1000, verified: true } });

    expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0 });
    expect(await project.leftovers()).toEqual([]);
  },
);

/** Between two requests. Much shorter than a program takes to start again, and the programs get the processor too. */
const REST_MS = 5;

/** One request after the other. `stop` returns the status of each answer, 0 for none. */
function askAgainAndAgain(url: string): { stop(): Promise<readonly number[]> } {
  const stopping = new AbortController();
  const statuses: number[] = [];
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      const answer = await fetch(url).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
      statuses.push(answer?.status ?? 0);
      await delay(REST_MS);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
      return statuses;
    },
  };
}

/** A name that `status` prints is one that `logs` and `exec` take. */
async function expectReachable(project: TestProject, name: string): Promise<void> {
  const logs = await project.json(['logs', name, '--tail', '1']);
  expect({ name, logs }).toMatchObject({ name, logs: { code: 0, data: { lines: [{ instance: name }] } } });
  expect(await project.run(['exec', name, 'echo', name])).toMatchObject({ code: 0, out: `${name}\n` });
}

test('one service by hand: Redis from stackctl, the backend from its source, in both modes', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ stack: 'event-tracking', runtime: 'process' });
  const { redisPort = 0 } = project.portValues;
  const only = await project.up('redis');
  expect(only.instances.filter(({ health }) => health === 'healthy').map(({ name }) => name)).toEqual(['redis-1']);
  const { code, out } = await project.run(['env', 'backend', '--format', 'json']);
  expect(code).toBe(0);
  const variables = JSON.parse(out) as Readonly<Record<string, string>>;
  expect(variables).toMatchObject({ EVENT_STORAGE: 'redis', REDIS_URL: `redis://127.0.0.1:${redisPort}` });

  await withBackendFromSource({ ...variables, PORT: String(await freePorts(1)) }, async (api) => {
    expect(await post(api, [event('by-hand')])).toBe(202);
    expect(await ask(redisPort, 'ZCARD', KEY)).toBe(1);
  });
  const memory = { EVENT_STORAGE: 'memory', PORT: String(await freePorts(1)) };
  await withBackendFromSource(memory, async (api) => {
    expect(await post(api, event('in-memory'))).toBe(202);
    expect(await json(`${api}/debug/stats`)).toMatchObject({ storage: 'memory', events: 1 });
    // A file that was saved: the program starts again, and its memory is empty.
    await utimes(join(BACKEND, 'src/routes.ts'), new Date(), new Date());
    await waitFor('the reload', async () => {
      const stats = await json(`${api}/debug/stats`).catch(() => undefined);
      return (stats as { events: number } | undefined)?.events === 0;
    });
  });
  expect(await ask(redisPort, 'ZCARD', KEY)).toBe(1);
});

/** Runs the backend as `npm run dev` does, until `use` is done. */
async function withBackendFromSource(
  env: Readonly<Record<string, string>>,
  use: (api: string) => Promise<void>,
): Promise<void> {
  const backend = spawn(join(ROOT, 'packages/service-kit/bin/stackctl-service-kit'), ['dev'], {
    cwd: BACKEND,
    env: { PATH: process.env.PATH, ...env },
    stdio: 'ignore',
  });
  const ended = once(backend, 'exit');
  try {
    const url = `http://127.0.0.1:${env.PORT}`;
    await waitFor('the backend', () =>
      fetch(`${url}/ready`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    await use(`${url}/api/v1`);
  } finally {
    backend.kill('SIGTERM');
    await ended;
  }
}

/**
 * Posts events one after the other, lets `fault` happen in between and goes on until some are acknowledged after it.
 * @returns the ids of those that were acknowledged.
 */
async function writeThrough(api: string, name: string, fault: () => Promise<void>): Promise<readonly string[]> {
  const acked: string[] = [];
  let stopped = false;
  const writing = (async () => {
    for (let sequence = 1; !stopped; sequence += 1) {
      const id = `${name}:${sequence}`;
      if ((await post(api, [event(id)]).catch(() => 0)) === 202) acked.push(id);
      await delay(REST_MS);
    }
  })();
  try {
    await waitFor('acknowledged events', () => acked.length >= 20);
    await fault();
    const after = acked.length;
    await waitFor(`events acknowledged after the crash of ${name}`, () => acked.length > after + 20);
  } finally {
    stopped = true;
    await writing;
  }
  return acked;
}

/** Events in the figures of all tenants, of a day. */
async function inFigures(api: string): Promise<number> {
  const { tenants } = (await json(`${api}/analytics/top-tenants/errors?window=1440&limit=1000`)) as {
    readonly tenants: readonly { readonly count: number }[];
  };
  return tenants.reduce((sum, { count }) => sum + count, 0);
}

/** Acknowledged events that are not in Redis exactly once. */
async function lostOrDoubled(redisPort: number, acked: readonly string[]): Promise<readonly string[]> {
  const members = (await ask(redisPort, 'ZRANGE', KEY, '0', '-1')) as readonly string[];
  const found = new Map<string, number>();
  for (const member of members) {
    const { eventId } = JSON.parse(member) as { eventId: string };
    found.set(eventId, (found.get(eventId) ?? 0) + 1);
  }
  return acked.filter((id) => found.get(id) !== 1);
}

function event(eventId: string): object {
  const timestamp = new Date().toISOString();
  return { eventId, tenantId: 'tenant-c', method: 'POST', path: '/orders', status: 201, latencyMs: 3, timestamp };
}

async function post(api: string, body: unknown): Promise<number> {
  const answer = await fetch(`${api}/events`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function json(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
