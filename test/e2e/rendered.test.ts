import { execFile } from 'node:child_process';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Finished, run, STACKCTL } from '../support/cli.ts';
import { FAST, openTestProject, STACK, type TestProject } from '../support/project.ts';
import { ask, askSentinel, missingKeys, roleOf, writeKeys } from '../support/redis-side.ts';
import { requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

test('render gives the same bytes twice, and --check tells a change as a diff', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'docker', values: FAST });
  const first = await render(project, 'first');
  const second = await render(project, 'second');
  expect(await textsIn(second)).toEqual(await textsIn(first));

  expect(await project.run(renderArgs(project, 'first', '--check'))).toMatchObject({ code: 0 });
  await appendFile(join(first, 'redis-2/redis.conf'), 'maxmemory 1mb\n');
  const changed = await project.run(renderArgs(project, 'first', '--check'));
  expect(changed.code).toBe(6);
  expect(changed.out).toContain('redis-2/redis.conf');
  expect(changed.out).toMatch(/^[-+]maxmemory 1mb$/m);
  expect(changed.err).toContain('E_DRIFT');
});

test('docker: the rendered folder runs by itself, and fails over by itself', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ runtime: 'docker', values: { ...FAST, network: 'e2e-rendered' } });
  const folder = await render(project, 'deploy');
  const compose = (...args: string[]) => run('docker', ['compose', ...args], { cwd: folder });
  expect(await compose('config', '-q')).toMatchObject({ code: 0, out: '' });
  expect(await compose('up', '-d')).toMatchObject({ code: 0 });
  const { redis, sentinel } = project.ports;
  const servers = [redis, redis + 1, redis + 2];
  await untilInSync(servers);
  await untilAllSentinelsKnowAll(sentinel);
  // A machine that is busy for longer than down-after while they start has made the Sentinels fail over: then it is another one.
  const first = await untilInSync(servers);
  // Writes are refused until the Sentinels have confirmed the master.
  await waitFor('a writable master', () => ask(first, 'SET', 'ready', '1').then(Boolean, () => false));
  const keys = await writeKeys(first, 'kept', 100, { replicas: 2 });

  const name = `redis-${servers.indexOf(first) + 1}`;
  expect(await compose('kill', name)).toMatchObject({ code: 0 });
  const master = await waitFor('a new master', () => masterAmong(servers.filter((port) => port !== first)));
  expect(await missingKeys(master, keys)).toEqual([]);
  expect(await compose('start', name)).toMatchObject({ code: 0 });
  await waitFor('the old master as a replica', async () => (await roleOf(first).catch(() => '')) === 'slave');
  await untilInSync(servers);

  expect(await compose('down', '-v')).toMatchObject({ code: 0 });
  expect(await project.leftovers()).toEqual([]);
});

test('docker: the targets of the rendered Makefile are calls of stackctl on the project that was rendered', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ runtime: 'docker', values: FAST });
  const folder = await render(project, 'deploy');
  const make = (target: string, input = '') => runMake(folder, target, project.env, input);

  expect(await make('up')).toMatchObject({ code: 0, out: expect.stringContaining('healthy') });
  expect(await project.status()).toMatchObject({ healthy: true, runtime: 'docker' });
  expect(await make('status')).toMatchObject({ code: 0, out: expect.stringMatching(/redis-1 +master +healthy/) });
  expect(await make('sentinel-status')).toMatchObject({ code: 0, out: expect.stringContaining('sentinel-3') });
  expect(await make('cli', 'PING\n')).toMatchObject({ code: 0, out: expect.stringContaining('PONG') });
  expect(await make('cli-sentinel', 'SENTINEL CKQUORUM kasagi-master\n')).toMatchObject({
    code: 0,
    out: expect.stringContaining('OK 3 usable Sentinels'),
  });
  // Not the exit code: on a busy machine the clock may be too coarse for a verdict.
  expect((await make('failover-test')).out).toMatch(/lost +0;.*VERDICT (PASS|INCONCLUSIVE)/s);
  expect(await make('down')).toMatchObject({ code: 0 });
  expect(await project.leftovers({ data: false })).toEqual([]);
  expect(await make('clean')).toMatchObject({ code: 0 });
  expect(await project.leftovers()).toEqual([]);
  // Nor of the folder that holds all projects, where this was the only one.
  expect(await readdir(project.folder)).not.toContain('.stackctl');
});

/** The words of the first `up` for `render`. */
function renderArgs(project: TestProject, out: string, ...more: readonly string[]): readonly string[] {
  return ['render', STACK, ...project.upArgs.slice(2), '--out', out, ...more];
}

async function render(project: TestProject, out: string): Promise<string> {
  expect(await project.run(renderArgs(project, out))).toMatchObject({ code: 0 });
  return join(project.folder, out);
}

/** Path -> text of every file. */
async function textsIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(files.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')]));
  return Object.fromEntries(texts.sort());
}

/** @returns the port of the master that all others follow. */
function untilInSync(servers: readonly number[]): Promise<number> {
  const told = new Map<number, string>();
  return waitFor(
    () => `one master with all others in sync: ${JSON.stringify([...told])}`,
    async () => {
      const infos = await Promise.all(servers.map((port) => replicationOf(port)));
      for (const [index, port] of servers.entries()) told.set(port, infos[index] ?? '');
      const isMaster = (info: string) => info.includes('role:master');
      const linked = infos.filter((info) => info.includes('master_link_status:up'));
      const master = infos.findIndex(isMaster);
      const followed = infos[master]?.includes(`connected_slaves:${servers.length - 1}`) === true;
      return followed && linked.length === servers.length - 1 ? servers[master] : undefined;
    },
  );
}

function replicationOf(port: number): Promise<string> {
  return ask(port, 'INFO', 'replication').then(String, () => '');
}

async function untilAllSentinelsKnowAll(first: number): Promise<void> {
  await waitFor('Sentinels that know everybody', async () => {
    const answers = await Promise.all(
      [0, 1, 2].map((index) => ask(first + index, 'SENTINEL', 'CKQUORUM', 'kasagi-master').then(String, () => '')),
    );
    const { flags } = await askSentinel({ port: first });
    return flags === 'master' && answers.every((answer) => answer.startsWith('OK 3 usable'));
  });
}

async function masterAmong(ports: readonly number[]): Promise<number | undefined> {
  const roles = await Promise.all(ports.map((port) => roleOf(port).catch(() => '')));
  return ports[roles.indexOf('master')];
}

function runMake(folder: string, target: string, env: NodeJS.ProcessEnv, input: string): Promise<Finished> {
  return new Promise((resolve) => {
    const args = ['--silent', target, `STACKCTL=${process.execPath} ${STACKCTL}`];
    const child = execFile('make', args, { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), out, err }),
    );
    child.stdin?.end(input);
  });
}
