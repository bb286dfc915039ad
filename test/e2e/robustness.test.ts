import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run as down } from '../../src/commands/down.ts';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { readRecord } from '../../src/project/record.ts';
import { run, STACKCTL, stackctl } from '../support/cli.ts';
import { crash, killSupervisor } from '../support/crash.ts';
import { freePorts } from '../support/free-ports.ts';
import { contextOf } from '../support/in-process.ts';
import { mountSmall } from '../support/mount.ts';
import { ok, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRounds, requireRoot, requireRuntime } from '../support/require.ts';
import { folderOf } from '../support/stack-fixtures.ts';
import { instanceIn, untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

const runtime = 'process';

/** A user who has nothing but this folder. */
function inFolder({ path }: { readonly path: string }) {
  return { cwd: path, env: { ...process.env, XDG_STATE_HOME: join(path, 'state') } };
}

test('a migration file that is wrong ends up, and its dry run, before anything is there', async () => {
  await using folder = await folderOf({
    'stack.yaml':
      'stack: wrong\ndescription: A wrong file\nservices:\n  db:\n    kind: postgres\nmigrations:\n  db: migrations\n',
  });
  await mkdir(join(folder.path, 'migrations'));
  const file = join(folder.path, 'migrations', '0001_cities.sql');
  await writeFile(file, Buffer.from("SELECT 1;\nSELECT 'Zürich';\n", 'latin1'));
  const options = inFolder(folder);
  for (const flag of [[], ['--dry-run']]) {
    const { code, err } = await stackctl(['up', '.', '--runtime', 'process', ...flag], options);
    expect(code).toBe(2);
    expect(err).toContain(`${file}:2:10 this is not UTF-8 (byte 0xFC)`);
    expect(err).toContain('nothing was changed');
  }
  expect((await readdir(folder.path)).toSorted()).toEqual(['migrations', 'stack.yaml']);
});

test('a program that nobody can ask and that ends again and again is not taken for ready in a moment in which it runs', async () => {
  await using folder = await folderOf({
    'stack.yaml': `stack: loop
description: Nothing but a worker
services:
  worker:
    kind: container
    image: nothing
    command: [sh, -c, 'sleep 0.3; exit 3']
    options: {readiness: none}
`,
  });
  const options = inFolder(folder);
  const { code, err } = await stackctl(['up', '.', '--runtime', 'process'], options);
  expect({ code, err: err.includes('worker') && err.includes('does not start') }).toEqual({ code: 5, err: true });
  expect(await stackctl(['clean', '--yes'], options)).toMatchObject({ code: 0 });
});

test('a server of somebody else that answers in the place of a stack is not taken for it', async () => {
  const port = await freePorts(1);
  await using folder = await folderOf({
    'stack.yaml': `stack: late
description: A server that does not listen
services:
  server:
    kind: container
    image: nothing
    ports: {tcp: ${port}}
    command: [sh, -c, 'echo up; sleep 600']
    options: {readiness: {tcp: {port: tcp}}, stopGraceS: 1}
`,
  });
  const options = inFolder(folder);
  const log = join(folder.path, '.stackctl/late/instances/server-1/log/server.log');
  const starting = stackctl(['up', '.', '--runtime', 'process', '--timeout', '6s'], options);
  await waitFor('the server', async () => (await readFile(log, 'utf8').catch(() => '')) !== '');
  const stranger = createServer().listen(port, '127.0.0.1');
  try {
    const { code, err } = await starting;
    expect(code).toBe(5);
    expect(err).toContain(`server-1: port ${port} is held by ${process.execPath} (pid ${process.pid}), and not by it`);
  } finally {
    stranger.close();
    expect(await stackctl(['clean', '--yes'], options)).toMatchObject({ code: 0 });
  }
});

test('what a server has logged before its last start is not told as the reason why it does not start', async () => {
  const port = await freePorts(1);
  await using folder = await folderOf({
    'stack.yaml': `stack: mute
description: A server that does not listen
services:
  server:
    kind: container
    image: nothing
    ports: {tcp: ${port}}
    command: [sh, -c, '[ -e ../said ] || { touch ../said; for n in 1 2 3 4; do echo old trouble; done; }; sleep 600']
    options: {stopGraceS: 1}
`,
  });
  const options = inFolder(folder);
  const up = () => stackctl(['up', '.', '--runtime', 'process', '--timeout', '2s'], options);
  const [first, , second] = [await up(), await stackctl(['down'], options), await up()];
  expect(await stackctl(['clean', '--yes'], options)).toMatchObject({ code: 0 });
  expect(first.err).toMatch(/its last log lines:\n +\| old trouble … \(4 times\)\n/);
  expect(second).toMatchObject({ code: 5, err: expect.stringContaining('server-1: no connection: ') });
  expect(second.err).not.toContain('old trouble');
});

test('services are brought up by their names where another one of the stack cannot run', async () => {
  await using folder = await folderOf({
    'stack.yaml': `stack: part
description: Programs, and an image
services:
  store: {kind: container, image: nothing, command: [sleep, '600'], options: {readiness: none, stopGraceS: 1}}
  worker: {kind: container, image: nothing, command: [sleep, '600'], dependsOn: [store], options: {readiness: none, stopGraceS: 1}}
  page: {kind: container, image: nothing, ports: {http: ${await freePorts(1)}}}
`,
  });
  const options = inFolder(folder);
  const { code, out } = await stackctl(['up', '.', 'worker', '--runtime', 'process'], options);
  const all = await stackctl(['up'], options);
  expect(await stackctl(['clean', '--yes'], options)).toMatchObject({ code: 0 });
  expect({ code, out }).toMatchObject({
    code: 0,
    out: expect.stringMatching(/store-1 +- +healthy(?:.|\n)*worker-1 +- +healthy/),
  });
  expect(all).toMatchObject({ code: 2, err: expect.stringContaining('services.page: has no `command`') });
});

test('a working folder that is gone is named', async () => {
  await using folder = await folderOf({ 'in/it': '' });
  const { code, err } = await run('sh', ['-c', 'rm -r "$PWD"; exec "$0" status', STACKCTL], {
    cwd: join(folder.path, 'in'),
  });
  expect(code).toBe(2);
  expect(err).toMatch(/the folder in which the command was called is not there any more\n {2}next: /);
});

describe('two at once', () => {
  test('the second up waits or is told who holds the lock', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const both = [project.begin([...project.upArgs, '--json']), project.begin([...project.upArgs, '--json'])];
    const ended = await Promise.all(both.map((running) => running.ended));
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 7]);
    const loser = ended.findIndex(({ code }) => code === 7);
    const { error } = JSON.parse(ended[loser]?.out ?? '');
    expect(error.code).toBe('E_LOCKED');
    expect(error.details.holder.pid).toBe(both[1 - loser]?.child.pid);
    expect(error.message).toContain(`"stackctl up" (pid ${both[1 - loser]?.child.pid}`);
    expect(await project.status()).toMatchObject({ healthy: true });
  });
});

describe('a person is asked', () => {
  /** `down` in this process, with somebody who does something else before each answer. */
  async function downWhile(project: TestProject, before: (question: string) => Promise<void>): Promise<string[]> {
    const asked: string[] = [];
    const context = contextOf(project, {
      interactive: true,
      confirm: async (question) => {
        asked.push(question);
        await before(question);
      },
    });
    await down(context, [], { volumes: true });
    return asked;
  }

  test('down --volumes deletes what was confirmed, and forgets nothing that was decided meanwhile', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    await project.up();
    const scale = async (question: string): Promise<void> => {
      if (!question.includes('redis-4')) ok(await project.json(['scale', 'redis=4']));
    };
    const asked = await downWhile(project, scale);
    expect(asked).toHaveLength(2);
    expect(asked[0]).not.toContain('redis-4');
    expect(asked[1]).toContain('redis-4');
    expect(await readRecord(project.paths)).toMatchObject({ state: 'down', counts: { redis: 4 }, runtimesUsed: [] });
    expect(await project.leftovers()).toEqual([]);
  });
});

describe('the machine is in the way', () => {
  test('a port of a stranger: named with pid and command; --ports auto moves and the move is kept', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const stranger = createServer().listen(project.ports.redis + 1, '127.0.0.1');
    await once(stranger, 'listening');
    const refused = await project.json(project.upArgs);
    expect(refused).toMatchObject({ code: 1, error: { code: 'E_PORT_IN_USE' } });
    expect(refused.error?.message).toContain(`port ${project.ports.redis + 1} (redis-2)`);
    expect(refused.error?.message).toContain(`(pid ${process.pid})`);
    expect(refused.error?.message).toContain('node');

    const moved = instanceIn(await project.up('--ports', 'auto'), 'redis-2');
    expect(portOf(moved)).not.toBe(project.ports.redis + 1);
    stranger.close();
    await project.json(['down']);
    expect(instanceIn(await project.up(), 'redis-2').client).toBe(moved.client);
  });

  test('a missing server: exit code 4 and the command that installs it; nothing was started or changed', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const without = { STACKCTL_BIN_REDIS_SERVER: '/nowhere/redis-server' };
    const missing = await project.json(project.upArgs, without);
    expect(missing).toMatchObject({ code: 4, error: { code: 'E_BINARY_MISSING' } });
    expect(missing.error?.message).toContain('/nowhere/redis-server');
    expect(missing.error?.details.install).toMatch(/install .*redis/);
    expect(await readdir(project.folder)).toEqual([]);
    expect(ok(await project.json(['ls'])).data.projects).toEqual([]);

    const identities = ({ instances }: StatusView) => instances.map(({ name, startedAt }) => `${name} ${startedAt}`);
    const before = identities(await project.up());
    for (const line of [
      ['scale', 'redis=4'],
      ['scale', 'redis=4', 'sentinel=2'],
      ['restart', 'redis-2'],
    ]) {
      const { code, error } = await project.json(line, without);
      expect({ line, code, error: error?.code }).toEqual({ line, code: 4, error: 'E_BINARY_MISSING' });
      expect(identities(await project.status())).toEqual(before);
    }
    // What only ends needs no server.
    const smaller = ok(await project.json(['scale', 'redis=2'], without)).data;
    expect(identities(smaller)).toEqual(before.filter((line) => !line.startsWith('redis-3 ')));
    expect(smaller).toMatchObject({ healthy: true });
  });

  test('a folder that cannot be written: named, and nothing was started', async (context) => {
    requireRoot(context);
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    using disk = mountSmall(project.folder, '16m');
    disk.remount('ro');
    const refused = await project.json(project.upArgs);
    expect(refused).toMatchObject({ code: 1, error: { code: 'E_STATE_UNWRITABLE' } });
    expect(refused.error?.message).toContain(join(project.folder, '.stackctl'));
    expect(await project.leftovers()).toEqual([]);
    disk.remount('rw');
    expect(await project.up()).toMatchObject({ healthy: true });
    await endOn(project);
  });

  test.for(gateRounds([60], [4, 60, 150]))(
    'a disk with %i KB left: named, and up goes on once there is space',
    async (kb, context) => {
      requireRoot(context);
      requireRuntime(context, runtime);
      await using project = await openTestProject({ runtime });
      using disk = mountSmall(project.folder, '32m');
      void disk;
      const filler = join(project.folder, 'filler');
      await fill(filler, kb);
      const full = await project.json([...project.upArgs, '--timeout', '20s']);
      expect(full).toMatchObject({ code: 1, error: { code: 'E_DISK_FULL' } });
      expect(full.error?.message).toContain(project.folder);
      await rm(filler);
      expect(await project.up()).toMatchObject({ healthy: true });
      await endOn(project);
    },
  );
});

describe('what is on disk is not what stackctl wrote', () => {
  test('fifty mistakes in the configuration are told at once, each with its place', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const values = Array.from({ length: 48 }, (_, index) => `  mistake${index}: ${index}\n`).join('');
    const text = `stack: redis-sentinel\nvalues:\n${values}  quorum: many\n  redisPort: 99999999\n`;
    await writeFile(join(project.folder, 'stackctl.yaml'), text);
    const refused = await project.json(['up']);
    expect(refused).toMatchObject({ code: 2 });
    const { problems } = refused.error?.details ?? {};
    expect(problems).toHaveLength(50);
    for (const [index, problem] of problems.entries()) {
      expect(problem).toMatchObject({ file: 'stackctl.yaml', line: index + 3, column: expect.any(Number) });
      expect(refused.error?.message).toContain(`stackctl.yaml:${problem.line}:${problem.column} ${problem.field}`);
    }
    expect(await readdir(project.folder)).toEqual(['stackctl.yaml']);
  });

  test('a state file that is garbage is named and left alone; once it is back nothing is lost', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const port = portOf(withRole(await project.up(), 'master'));
    await ask(port, 'SET', 'kept', 'yes');
    const { record } = project.paths;
    for (const garbage of ['{"schemaVersion":1,"id"', '{}', '[]', '']) {
      await rename(record, `${record}.good`);
      await writeFile(record, garbage);
      for (const verb of [['status'], ['up'], ['down', '--volumes', '--yes']]) {
        const refused = await project.json(verb);
        expect({ verb, garbage, ...refused }).toMatchObject({ code: 1, error: { code: 'E_STATE_UNREADABLE' } });
        expect(refused.error?.message).toContain(record);
      }
      expect(await readFile(record, 'utf8')).toBe(garbage);
      await rename(`${record}.good`, record);
    }
    expect(await project.status()).toMatchObject({ healthy: true });
    expect(await ask(port, 'GET', 'kept')).toBe('yes');
  });

  test('a recorded pid that belongs to somebody else by now is never signalled', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const before = await project.up();
    const stranger = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    await killSupervisor(project);
    await crash(instanceIn(before, 'redis-2'));
    await rewritePid(join(project.paths.instances, 'redis-2/run/state.json'), (state) => state.server, stranger.pid);
    await rewritePid(join(project.paths.supervisor, 'lock'), (lock) => lock, stranger.pid);
    await copyFile(join(project.paths.supervisor, 'lock'), project.paths.lock);
    expect(await project.up()).toMatchObject({ healthy: true });
    expect(instanceIn(await untilHealthy(project), 'redis-2').pid).not.toBe(stranger.pid);
    ok(await project.json(['down', '--volumes', '--yes']));
    expect(await project.leftovers()).toEqual([]);
    expect(stranger.exitCode ?? stranger.signalCode).toBe(null);
    stranger.kill('SIGKILL');
  });
});

/** Before the file system goes away under the project. */
async function endOn(project: TestProject): Promise<void> {
  ok(await project.json(['down', '--volumes', '--yes']));
  expect(await project.leftovers()).toEqual([]);
}

/** Leaves `kb` kilobytes free on the file system of this file. */
async function fill(path: string, kb: number): Promise<void> {
  const { bavail, bsize } = await statfs(join(path, '..'));
  await writeFile(path, Buffer.alloc(bavail * bsize - kb * 1024));
}

/** Puts another pid into a JSON file, with the start time that it does not have. */
async function rewritePid(
  file: string,
  // biome-ignore lint/suspicious/noExplicitAny: two files of different shape
  select: (json: any) => { pid: number },
  pid: number | undefined,
): Promise<void> {
  const json = JSON.parse(await readFile(file, 'utf8'));
  select(json).pid = pid ?? 0;
  await writeFile(file, JSON.stringify(json));
}
