import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, run } from '../support/cli.ts';
import { freePorts } from '../support/free-ports.ts';
import { freePortValues } from '../support/port-values.ts';

/** An empty folder into which the packed tarball was installed, as a user does it. */
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-package-'));
  // What `npm run` puts into the environment of this test is not what a user has.
  env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  env.XDG_STATE_HOME = join(folder, 'state');
  const packed = await npm(['pack', '--json', '--pack-destination', folder], ROOT);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')));
  await mkdir(join(folder, 'project'));
  await npm(['init', '--yes'], join(folder, 'project'));
  await npm(
    ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename)],
    join(folder, 'project'),
  );
});

afterAll(async () => {
  await npx(['down', '--volumes', '--yes']);
  await rm(folder, { recursive: true });
});

test('npm pack holds the program, the templates and nothing of the repository', async () => {
  const installed = join(folder, 'project/node_modules/stackctl');
  expect((await readdir(installed)).sort()).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'templates']),
  );
  // The build script of a sample service calls the second one.
  expect((await readdir(join(installed, 'bin'))).sort()).toEqual(['bundle-service.js', 'stackctl.js']);
  expect(await readdir(installed)).not.toContain('src');
});

test('npx stackctl templates --json lists the built-in stacks', async () => {
  const { code, out } = await npx(['templates', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, command: 'templates', status: 'ok' });
  expect(out).toContain('redis-sentinel');
});

test('npx stackctl up redis-sentinel works there, and down leaves nothing', async () => {
  const [redisPort, sentinelPort] = [await freePorts(3), await freePorts(3)];
  const set = ['--set', `redisPort=${redisPort}`, '--set', `sentinelPort=${sentinelPort}`];
  const up = await npx(['up', 'redis-sentinel', '--runtime', 'process', '--json', ...set]);
  expect({ code: up.code, err: up.err }).toMatchObject({ code: 0 });
  expect(JSON.parse(up.out)).toMatchObject({
    command: 'up',
    status: 'ok',
    data: { healthy: true, runtime: 'process' },
  });

  const status = JSON.parse((await npx(['status', '--json'])).out);
  expect(status.data).toMatchObject({ project: 'redis-sentinel', stack: 'redis-sentinel', healthy: true });
  expect(status.data.instances).toHaveLength(6);
  const pids: number[] = status.data.instances.map(({ pid }: { pid: number }) => pid);
  expect(pids.filter(isRunning)).toHaveLength(6);

  const down = await npx(['down', '--volumes', '--yes', '--json']);
  expect(down.code).toBe(0);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(JSON.parse((await npx(['ls', '--json'])).out).status).toBe('ok');
});

test('a stack with programs of its own runs there too, also when it shall be built without the build tool', async () => {
  const ports = Object.entries(await freePortValues('event-tracking'));
  const set = ports.flatMap(([name, port]) => ['--set', `${name}=${port}`]);
  const up = await npx(['up', 'event-tracking', '--build', '--runtime', 'process', ...set]);
  expect({ code: up.code, err: up.err }).toMatchObject({ code: 0 });
  expect(up.err).toContain('left as it was built: its build tool is not here');
  const seed = await npx(['seed', 'traffic', '--count', '100', '--project', 'event-tracking', '--json']);
  expect(JSON.parse(seed.out).data).toMatchObject({ acked: 100, verified: true });
  expect((await npx(['clean', '--yes', '--project', 'event-tracking'])).code).toBe(0);
});

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { code, out, err } = await run('npm', args, { cwd, env });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed with ${code}\n${out}\n${err}`);
  return out;
}

/** `--no-install`: only the package that was installed here, never one of the same name from a registry. */
function npx(args: readonly string[]) {
  return run('npx', ['--no-install', 'stackctl', ...args], { cwd: join(folder, 'project'), env });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH: no such process
  }
}
