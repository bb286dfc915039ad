import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ok, openTestProject, type Running, type TestProject } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

/** A recording that has begun. */
async function recording(project: TestProject, ...args: readonly string[]): Promise<Running> {
  const running = project.begin(['seed', 'record', ...args, '--json']);
  let said = '';
  running.child.stderr?.on('data', (text: string) => {
    said += text;
  });
  await waitFor(
    () => `a recording: ${said}`,
    () => /^record .* \.\.\.$/m.test(said),
  );
  return running;
}

/** Ends it as Ctrl-C does. */
async function stopped({ child, ended }: Running) {
  child.kill('SIGINT');
  const { code, out, err } = await ended;
  expect({ code, err }).toMatchObject({ code: 0 });
  return JSON.parse(out).data;
}

async function emptied(project: TestProject): Promise<void> {
  ok(await project.json(['down', '--volumes', '--yes']));
  await project.up();
  await untilHealthy(project);
}

const events = (client: number) =>
  Array.from({ length: 20 }, (_, index) => ({
    ...{ eventId: `${client}-${index}`, tenantId: `tenant-${client}`, method: 'GET', path: '/ä?b="c"', status: 200 },
    ...{ latencyMs: index, timestamp: new Date().toISOString() },
  }));

test.for(gateRuntimes('process'))(
  '%s: what came to a service through its gateway leaves a fresh one in the same state',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ stack: 'event-tracking', runtime });
    await project.up('--build');
    const { redisPort = 0, backendPort } = project.portValues;
    const url = `http://127.0.0.1:${backendPort}/api/v1/events`;
    const post = async (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
      (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status;
    const stored = async () => ((await ask(redisPort, 'ZRANGE', 'sentinel:events', '0', '-1')) as string[]).toSorted();

    const running = await recording(project, 'backend', '--out', 'requests.har', '--body-limit', '100kb');
    await Promise.all(
      [1, 2, 3].map(async (client) => {
        const secret = { authorization: 'Bearer hush', 'x-api-key': 'hush', cookie: 'session=hush' };
        for (const event of events(client)) expect(await post(JSON.stringify([event]), secret)).toBe(202);
      }),
    );
    expect(await post(Buffer.of(0, 255, 128))).toBe(400);
    expect(await post('x'.repeat(200_000))).toBe(400);
    await fetch(`${url.replace('events', 'debug/stats')}?a=1&api_key=hush`);
    const file = join(project.folder, 'requests.har');
    await waitFor('the last one', async () => (await readFile(file, 'utf8')).includes('debug/stats'));
    expect(await stopped(running)).toMatchObject({
      ...{ file: 'requests.har', service: 'backend', format: 'har', sendTo: null, ended: 'stopped' },
      ...{ recorded: 63, withoutCredentials: 61, bodiesNotRecorded: 1, unanswered: 0, missed: 0, unfinished: 0 },
    });
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain('hush');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await project.json(['seed', 'record', 'backend', '--out', 'requests.har'])).toMatchObject({
      code: 3,
      error: { code: 'E_NEEDS_CONFIRMATION' },
    });
    expect(await readFile(file, 'utf8')).toBe(text);

    // Killed, again and again: each file is whole, and nothing keeps the next one from being written.
    for (const name of ['a', 'b']) {
      const killed = await recording(project, 'backend', '--out', name);
      expect(await post(JSON.stringify([events(9)[0]]))).toBe(202);
      await waitFor('the request', async () => (await readFile(join(project.folder, name), 'utf8')).includes('"9-0'));
      killed.child.kill('SIGKILL');
      await killed.ended;
      const { log } = JSON.parse(await readFile(join(project.folder, name), 'utf8'));
      expect(log.entries).toHaveLength(1);
    }
    expect(
      await ask(redisPort, 'ZREM', 'sentinel:events', ...(await stored()).filter((each) => each.includes('"9-0'))),
    ).toBe(1);

    const before = await stored();
    expect(before).toHaveLength(60);
    await emptied(project);
    expect(await stored()).toEqual([]);
    const replayed = ok(await project.json(['seed', 'replay', 'requests.har', '--service', 'backend', '--speed', '5']));
    expect(replayed.data).toMatchObject({ asked: 62, acked: 61, recording: { outOfOrder: 0, cutOffLines: 0 } });
    expect(replayed.data.recording.leftOut).toEqual([{ reason: 'bodyNotRecorded', name: '', count: 1 }]);
    expect(await stored()).toEqual(before);
  },
);

test.for(gateRuntimes('process'))(
  '%s: commands that a master was told leave a fresh one in the same state',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    await project.up();
    await untilHealthy(project);
    const port = project.ports.redis;
    const state = async () => [
      await ask(port, 'HGETALL', 'hash'),
      await ask(port, 'XRANGE', 'stream', '-', '+'),
      await ask(port, 'DUMP', 'set'),
    ];
    const running = await recording(project, '--out', 'commands.txt');
    for (let index = 1; index <= 20; index += 1) {
      await ask(port, 'HSET', 'hash', `field ${index}`, `"\r\n\\ä${index}`);
      await ask(port, 'XADD', 'stream', `${index}-0`, 'value', '\u0000');
      await ask(port, 'ZADD', 'set', `${index}`, `member-${index}`);
    }
    const file = join(project.folder, 'commands.txt');
    // They say it every two seconds.
    await waitFor('a word of the Sentinels', async () =>
      (await readFile(file, 'latin1')).includes('__sentinel__:hello'),
    );
    const data = await stopped(running);
    expect(data).toMatchObject({ service: 'sentinel', format: 'monitor', ended: 'stopped' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await state();
    await emptied(project);
    expect(await state()).toEqual([[], [], null]);
    const replayed = ok(await project.json(['seed', 'replay', 'commands.txt', '--speed', 'max']));
    expect(replayed.data).toMatchObject({ service: 'sentinel', rejected: 0, unknown: 0 });
    // Those of the Sentinels are about the servers of then.
    const names = replayed.data.recording.leftOut.map(({ name }: { readonly name: string }) => name);
    expect(names).toContain('PUBLISH __SENTINEL__:HELLO');
    expect(await state()).toEqual(before);
  },
);
