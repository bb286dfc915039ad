import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';
import { FAST, ok, openTestProject, portOf, STACK, type TestProject, withRole } from '../support/project.ts';
import { ask, missingKeys, roleOf, writeKeys } from '../support/redis-side.ts';
import { requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

const runtime = 'process';

/** A redis.conf and a sentinel.conf of the user's own, in a copy of the built-in stack beside the project's state. */
async function openOwn(
  files: { readonly redis: string; readonly sentinel?: string; readonly extra?: string },
  options: { readonly folderName?: string; readonly values?: Readonly<Record<string, string>> } = {},
) {
  const project = await openTestProject({ runtime, ...options, values: { ...FAST, ...options.values } });
  const own = join(project.folder, 'own');
  await cp(join(ROOT, 'templates', STACK), own, { recursive: true });
  const include = join(dirname(project.folder), 'extra.conf');
  await writeFile(include, files.extra ?? '');
  const add = async (name: string, text: string) => {
    const path = join(own, 'config', `${name}.tmpl`);
    await writeFile(path, `${await readFile(path, 'utf8')}${text.replace('EXTRA', include)}`);
  };
  await add('redis.conf', files.redis);
  await add('sentinel.conf', files.sentinel ?? '');
  const upArgs = project.upArgs.map((word) => (word === STACK ? './own' : word));
  const up = async () => ok(await project.json(upArgs));
  return { project, upArgs, up };
}

/** `CONFIG GET`, under the name that the stack gives CONFIG. */
async function settings(port: number, ...names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const replies = await Promise.all(names.map((name) => ask(port, 'cfg-7f3a', 'GET', name)));
  return Object.fromEntries(
    (replies as readonly (readonly string[])[]).map(([name = '', value = '']) => [name, value]),
  );
}

/** Local addresses of everything that listens on one of these ports, as the kernel prints them: address:port in hex. */
function listening(ports: readonly number[]): readonly string[] {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state]) => state === '0A' && ports.includes(Number.parseInt(local.split(':')[1] ?? '', 16)),
    )
    .map(([, local = '']) => local.split(':')[0] ?? '');
}

const LOOPBACK = '0100007F';

function portsOf(project: TestProject): readonly number[] {
  return [0, 1, 2].flatMap((index) => [project.ports.redis + index, project.ports.sentinel + index]);
}

/** As files lie on machines: Windows line ends, old names, quotes, an include, and what an init system wants. */
const WILD = [
  '',
  'MIN-SLAVES-TO-WRITE "2"',
  'include EXTRA',
  'save 77 7',
  'rename-command CONFIG cfg-7f3a',
  'port 1',
  'bind 0.0.0.0',
  'daemonize yes',
  'pidfile /tmp/stackctl-not-this.pid',
  'logfile /tmp/stackctl-not-this.log',
  '',
].join('\r\n');
const WILD_SENTINEL = 'sentinel rename-command {{masterName}} CONFIG cfg-7f3a\r\nBIND *\r\nDaemonize yes\r\n';

describe('a configuration of the user', () => {
  test('what it says is in force, what stackctl decides is said, in a folder that Redis takes for a pattern', async (context) => {
    requireRuntime(context, runtime);
    const files = { redis: WILD, sentinel: WILD_SENTINEL, extra: 'min-replicas-max-lag 3\n' };
    const { project, up } = await openOwn(files, { folderName: 'app[1]*? \\ "q"\nx' });
    await using _ = project;
    const { data, warnings } = await up();
    for (const line of ['port 1', 'bind 0.0.0.0', 'daemonize yes', 'bind *']) {
      expect(warnings).toContainEqual(expect.stringContaining(` ${line} is not used`));
    }
    expect(warnings.join('\n')).toMatch(/own\/config\/redis\.conf\.tmpl:\d+:1 min-replicas-to-write 2 is in force/);
    expect(listening(portsOf(project))).toEqual(portsOf(project).map(() => LOOPBACK));

    const master = portOf(withRole(data, 'master'));
    expect(await settings(master, 'min-replicas-to-write', 'min-replicas-max-lag', 'save')).toEqual({
      'min-replicas-to-write': '2',
      'min-replicas-max-lag': '3',
      save: '77 7',
    });
    expect(await settings(master, 'daemonize', 'pidfile', 'logfile', 'bind', 'port')).toEqual({
      ...{ daemonize: 'no', pidfile: '', logfile: '', bind: '127.0.0.1', port: String(master) },
    });
    expect((await settings(master, 'dir')).dir).toContain(project.folder);
    const keys = await writeKeys(master, 'kept', 1, { replicas: 2 });

    // A promotion is written down by CONFIG REWRITE, and Sentinels write their own file: both through the other name.
    await ask(project.ports.sentinel, 'SENTINEL', 'FAILOVER', 'kasagi-master');
    await waitFor('one other master', async () => {
      const ports = data.instances.filter(({ kind }: { kind: string }) => kind === 'redis').map(portOf);
      const roles = await Promise.all(ports.map((port: number) => roleOf(port).catch(() => 'none')));
      return roles.filter((role) => role === 'master').length === 1 && ports[roles.indexOf('master')] !== master;
    });
    const promoted = withRole(await project.status(), 'master').name;
    expect(await project.json(['down'])).toMatchObject({ code: 0 });
    const again = withRole((await up()).data, 'master');
    expect(again.name).toBe(promoted);
    expect(await missingKeys(portOf(again), keys)).toEqual([]);
    expect(await settings(portOf(again), 'min-replicas-to-write')).toEqual({ 'min-replicas-to-write': '2' });

    expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0 });
    expect(await project.leftovers()).toEqual([]);
    expect((await readdir('/tmp')).filter((name) => name.startsWith('stackctl-not-this'))).toEqual([]);
  });

  test('what cannot be is refused by every verb that would start something, and nothing is there afterwards', async (context) => {
    requireRuntime(context, runtime);
    const { project, upArgs } = await openOwn(
      { redis: 'requirepass "S3CRET"\n  dir /tmp\n' },
      { values: { redisPassword: 'another' } },
    );
    await using _ = project;
    const lines = (await readFile(join(project.folder, 'own/config/redis.conf.tmpl'), 'utf8')).split('\n');
    const at = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
    const renderArgs = ['render', ...upArgs.slice(1)];
    for (const args of [upArgs, [...upArgs, '--dry-run'], renderArgs]) {
      const { code, error } = await project.json(args);
      expect({ code, error: error?.code }).toEqual({ code: 2, error: 'E_STACK_INVALID' });
      expect(error?.message).toContain(`own/config/redis.conf.tmpl:${at('S3CRET')}:13 requirepass is not`);
      expect(error?.message).toContain(`own/config/redis.conf.tmpl:${at('dir /tmp')}:3 dir /tmp:`);
      expect(JSON.stringify(error)).not.toMatch(/S3CRET|another/);
    }
    expect(await project.leftovers()).toEqual([]);
    expect(listening(portsOf(project))).toEqual([]);
  });

  test('a server that cannot say what the fence replaces never listens, and the reason is in the error', async (context) => {
    requireRuntime(context, runtime);
    const { project, upArgs } = await openOwn({ redis: 'include EXTRA\n', extra: 'rename-command CONFIG ""\n' });
    await using _ = project;
    const { code, error } = await project.json(upArgs);
    expect({ code, error: error?.code }).toEqual({ code: 5, error: 'E_START_FAILED' });
    expect(JSON.stringify(error)).toContain('the server does not say how many replicas a write needs');
    expect(listening([project.ports.redis])).toEqual([]);
  });
});
