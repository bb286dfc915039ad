/** The stack cache-api through the built program, as its guide uses it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CURL_LINES, GUIDE_LINES, REDIS_CONF_LINES } from '../services/cache-api/guide-lines.ts';
import { crash } from '../support/crash.ts';
import { openTestProject, type TestProject } from '../support/project.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

/** Runs lines as a shell does, with the variables that `stackctl env` prints; the port is the one of this project. */
async function openShell(project: TestProject) {
  const { code, out } = await project.run(['env', 'opalmind-api', '--format', 'shell']);
  expect(code).toBe(0);
  return async (line: string) => {
    const text = line.replace('localhost:3000', `localhost:${project.portValues.apiPort}`);
    const { stdout } = await run('sh', ['-ec', `${out}\n${text}`], { env: { PATH: project.env.PATH } });
    return JSON.parse(stdout);
  };
}

function openCurl(shell: Awaited<ReturnType<typeof openShell>>, address = 'localhost:3000') {
  return (path: string, body?: unknown) => {
    const bodyWords = body === undefined ? '' : ` -d '${JSON.stringify(body)}'`;
    return shell(`curl -s -H "Authorization: Bearer $OPAL_BEARER_TOKEN" "http://${address}${path}"${bodyWords}`);
  };
}

async function tracked(project: TestProject, url: string): Promise<number> {
  const sandbox = `http://127.0.0.1:${project.portValues.sandboxPort}`;
  const answer = await fetch(`${sandbox}/sandbox/stats?url=${encodeURIComponent(url)}`);
  return ((await answer.json()) as { tracking: { calls: number } }).tracking.calls;
}

/** `up --build NAME` restarts this program, also when it was built to the same, and no other. */
async function expectRebuilt(project: TestProject, service: string): Promise<void> {
  const line = ['up', '--build', service];
  const step = { op: 'restart', instance: `${service}-1`, cause: 'asked to be built again' };
  const starts = async () => (await project.status()).instances.map(({ name, startedAt }) => `${name} ${startedAt}`);
  const before = await starts();
  expect((await project.json([...line, '--dry-run'])).data.steps).toMatchObject([step]);
  expect(await starts()).toEqual(before);
  expect((await project.json(line)).data.steps).toMatchObject([step]);
  const changed = (await starts()).filter((entry) => !before.includes(entry));
  expect(changed).toEqual([expect.stringContaining(`${service}-1 `)]);
}

test.for(gateRuntimes('process'))('%s: the guide, from up to nothing left', async (runtime, context) => {
  requireRuntime(context, runtime);
  await using project = await openTestProject({ stack: 'cache-api', runtime });
  const first = await project.up();
  expect(first.healthy).toBe(true);
  expect(first.instances.map(({ name, health }) => `${name} ${health}`)).toEqual([
    'redis-1 healthy',
    'matomo-sandbox-1 healthy',
    'opalmind-api-1 healthy',
  ]);
  await expectRebuilt(project, 'opalmind-api');
  const shell = await openShell(project);
  const curl = openCurl(shell);
  const conf = await readFile(join(project.paths.rendered, 'redis-1/redis.conf'), 'utf8');
  expect(conf.split('\n')).toEqual(expect.arrayContaining([...REDIS_CONF_LINES]));

  for (const { text, answer } of CURL_LINES) expect(await shell(text)).toMatchObject(answer);
  await waitFor('the log of the connection', async () =>
    (await project.run(['logs', 'opalmind-api'])).out.includes('Redis connection established'),
  );
  for (const { stackctl, answer } of GUIDE_LINES) {
    const words = stackctl.replaceAll('"', '').split(' ').slice(1);
    const { code, out, err } = await project.run(words);
    expect({ stackctl, code, err }).toMatchObject({ stackctl, code: 0 });
    expect(out.replaceAll('\r', ''), stackctl).toMatch(answer);
  }

  const page = { url: 'https://example.com/once', idempotencyKey: 'once' };
  const sent = await curl('/track/pageview', page);
  await project.run(['restart', 'opalmind-api']);
  expect(await curl('/track/pageview', page)).toEqual(sent);
  expect(await tracked(project, page.url)).toBe(1);
  expect(await curl('/tools/get-key-numbers')).toMatchObject({ cached: true });
  await project.run(['restart', 'redis']);
  await waitFor(
    'the API to use Redis again',
    async () => (await curl('/tools/get-health-status')).status === 'healthy',
  );
  expect(await curl('/tools/get-cache-stats')).toMatchObject({ store: 'redis', entries: 1 });

  // Another instance, then none at all for a while: the record is Redis', and nothing is sent again.
  expect(await project.json(['scale', 'opalmind-api=2'])).toMatchObject({ code: 0 });
  const second = openCurl(shell, `127.0.0.1:${(project.portValues.apiPort ?? 0) + 1}`);
  expect(await second('/track/pageview', page)).toEqual(sent);
  expect(await tracked(project, page.url)).toBe(1);
  expect(await project.json(['down'])).toMatchObject({ code: 0 });
  expect(await project.leftovers({ data: false })).toEqual([]);
  await project.up('--scale', 'opalmind-api=1');
  expect(await tracked(project, page.url)).toBe(1);
  expect(await curl('/track/pageview', page)).toEqual(sent);
  expect(await tracked(project, page.url)).toBe(1);
  await curl('/track/pageview', { ...page, idempotencyKey: 'twice' });
  expect(await tracked(project, page.url)).toBe(2);

  const traffic = await project.json(['seed', 'traffic', '--count', '500', '--seed', '7']);
  expect(traffic.data).toMatchObject({ asked: 500, acked: 500, rejected: 0, unknown: 0, verified: true });

  expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0, status: 'ok' });
  expect(await project.leftovers()).toEqual([]);
});

test.for(gateRuntimes('process'))(
  '%s: without Redis the API serves, degraded, and recovers',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    const values = { redisDb: 3, idempotencyPrefix: 'sent:', idempotencyTtlS: 600 };
    await using project = await openTestProject({ stack: 'cache-api', runtime, values });
    const alone = await project.run([...project.upArgs, 'opalmind-api']);
    expect(alone.out).toContain('opalmind-api-1: degraded: redis-connection: ');
    expect(alone.out).toContain('not started: redis (');
    await project.up();
    const curl = openCurl(await openShell(project));
    const degraded = (name: string) =>
      waitFor(name, async () => {
        const instance = await project.instance('opalmind-api-1');
        return instance.health === 'healthy' && instance.degraded.some((text) => text.startsWith('redis-connection: '));
      });
    const recovered = () =>
      waitFor('a healthy status without remarks', async () => {
        const status = await project.status();
        return status.healthy && status.instances.every((instance) => instance.degraded.length === 0);
      });

    await recovered();
    // Frozen: for the API the same as dead.
    const redis = await project.instance('redis-1');
    const freeze = (how: 'pause' | 'unpause') =>
      runtime === 'docker'
        ? run('docker', [how, String(redis.containerId)])
        : process.kill(Number(redis.pid), how === 'pause' ? 'SIGSTOP' : 'SIGCONT');
    await freeze('pause');
    await degraded('the remark that Redis hangs');
    const page = { url: 'https://example.com/frozen', idempotencyKey: 'frozen' };
    const sent = await curl('/track/pageview', page);
    expect(await curl('/tools/get-health-status')).toMatchObject({
      status: 'degraded',
      checks: expect.arrayContaining([expect.objectContaining({ name: 'redis-connection', status: 'fail' })]),
    });
    const { out: log } = await project.run(['logs', 'opalmind-api']);
    const lastOf = (message: string) => log.lastIndexOf(message);
    expect(lastOf('Redis connection failed, falling back to in-memory storage')).toBeGreaterThan(
      lastOf('Redis connection established'),
    );
    await freeze('unpause');
    await recovered();
    await waitFor('the record where its variables say', async () => {
      const { out } = await project.run(['cli', 'redis', '-n', '3', 'TTL', 'sent:frozen']);
      return Number(out) > 500 && Number(out) <= 600;
    });
    expect(await curl('/track/pageview', page)).toEqual(sent);
    expect(await tracked(project, page.url)).toBe(1);
  },
);

test.for(gateRuntimes('process'))(
  '%s: kill -9 of each in turn under traffic: nothing is lost, nothing is sent twice',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ stack: 'cache-api', runtime });
    await project.up();
    const seeding = project.json(['seed', 'traffic', '--count', '900', '--rate', '75', '--seed', '9']);
    for (const name of ['redis-1', 'opalmind-api-1', 'matomo-sandbox-1']) {
      await crash(await project.instance(name));
      await waitFor(
        `${name} to be back`,
        async () => (await project.instance(name)).restarts > 0 && (await project.status()).healthy,
      );
    }
    const { data } = await seeding;
    expect(data).toMatchObject({ asked: 900, verified: true });
    expect(data.stores).toEqual([expect.objectContaining({ missing: 0, phantom: 0, duplicates: 0 })]);
    expect(data.acked).toBeGreaterThan(0);
  },
);

test('the hit ratio of a run is the one that the API and Redis count, cold and warm', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ stack: 'cache-api', runtime: 'process' });
  await project.up();
  const curl = openCurl(await openShell(project));
  const redis = async () => {
    const { out } = await project.run(['cli', 'redis', 'INFO', 'stats']);
    const figure = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(out)?.[1]);
    return { hits: figure('keyspace_hits'), misses: figure('keyspace_misses') };
  };
  const api = async () => (await curl('/tools/get-cache-stats')) as { hits: number; misses: number };
  const seed = async (count: number, ...more: readonly string[]) => {
    const before = { redis: await redis(), api: await api() };
    const answer = await project.json(['seed', 'traffic', '--profile', 'dashboard', '--count', `${count}`, ...more]);
    const after = await api();
    const counted = (what: 'hits' | 'misses') => after[what] - before.api[what];
    const { sinks, operations } = answer.data;
    const { cache } = sinks[0];
    expect(answer.data).toMatchObject({ verified: true, acked: count, sinks: [{ sink: 'reads' }, { cache: null }] });
    expect({ hits: cache.hits, misses: cache.misses, untold: cache.untold }).toEqual({
      ...{ hits: counted('hits'), misses: counted('misses'), untold: 0 },
    });
    // A page view looks for its record and finds none, then finds its own claim; its repetition is known without Redis. An answer may
    // come before its record is written.
    const { acked: writes } = operations[1];
    const expected = {
      hits: before.redis.hits + cache.hits + writes,
      misses: before.redis.misses + cache.misses + writes,
    };
    const agrees = await expect
      .poll(redis)
      .toEqual(expected)
      .then(
        () => true,
        () => false,
      );
    return { ...cache, reads: operations[0].acked, code: answer.code, agrees };
  };
  const cold = await seed(2000, '--threshold', 'reads.hits.rate>=99%');
  expect(cold).toMatchObject({ code: 6 });
  expect(cold.hits + cold.misses).toBe(cold.reads);
  expect(cold.hitPercent).toBeGreaterThan(20);
  // The same keys once more, cached by now.
  const warm = await seed(2000, '--threshold', 'reads.hits.rate>=95%');
  expect(warm).toMatchObject({ code: 0, reads: cold.reads });
  // What waits too long for Redis on a busy machine is answered from memory, which Redis does not count: then it is run again.
  let doesAgree = cold.agrees || warm.agrees;
  for (let other = 2; !doesAgree && other < 20; other++)
    doesAgree = (await seed(200, '--seed', String(other), '--concurrency', '1')).agrees;
  expect(doesAgree).toBe(true);
});
