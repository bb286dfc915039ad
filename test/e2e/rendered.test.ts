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
  await untilInSync(redis, [redis + 1, redis + 2]);
  await untilAllSentinelsKnowAll(sentinel);
  // Writes are refused until the Sentinels have confirmed the master.
  await waitFor('a writable master', () => ask(redis, 'SET', 'ready', '1').then(Boolean, () => false));
  const keys = await writeKeys(redis, 'kept', 100);
  expect(await ask(redis, 'WAIT', '2', '1000')).toBe(2);

  expect(await compose('kill', 'redis-1')).toMatchObject({ code: 0 });
  const master = await waitFor('a new master', () => masterAmong([redis + 1, redis + 2]));
  expect(await missingKeys(master, keys)).toEqual([]);
  expect(await compose('start', 'redis-1')).toMatchObject({ code: 0 });
  await waitFor('the old master as a replica', async () => (await roleOf(redis).catch(() => '')) === 'slave');
  await untilInSync(
    master,
    [redis, redis + 1, redis + 2].filter((port) => port !== master),
  );

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

async function untilInSync(master: number, replicas: readonly number[]): Promise<void> {
  await waitFor('all replicas in sync', async () => {
    const infos = await Promise.all([master, ...replicas].map((port) => replicationOf(port)));
    const [own, ...others] = infos;
    const linked = others.every((info) => info.includes('master_link_status:up'));
    return linked && own?.includes('role:master') && own.includes(`connected_slaves:${replicas.length}`);
  });
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
