import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'packages', 'templates']),
  );
  expect(await readdir(join(installed, 'bin'))).toEqual(['stackctl.cjs']);
  expect(await readdir(installed)).not.toContain('src');
  // By its former name too, which launch records of running projects have.
  for (const name of ['clickhouse-front', 'clickhouse-shim']) {
    const { code, err } = await run(process.execPath, [join(installed, `dist/${name}.js`)], { env });
    expect({ name, code, err }).toEqual({
      name,
      code: 1,
      err: expect.stringContaining('"server", "client" or "version"'),
    });
  }
});

describe.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('a strict TypeScript program of a user, --module %s --moduleResolution %s', (module, resolution) => {
  const check = async (path: string, text: string, ...more: readonly string[]) => {
    const [project, name] = [join(folder, 'project', dirname(path)), basename(path)];
    await writeFile(join(project, name), text);
    const how = ['--noEmit', '--strict', '--target', 'es2022', '--module', module, '--moduleResolution', resolution];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    return run(process.execPath, [tsc, '--ignoreConfig', ...how, ...more, name], { cwd: project, env });
  };

  test('compiles against the library, with no types but its own', async () => {
    const program = `import { isStackctlError, type RunningStack, StackctlError, up } from 'stackctl';
export async function address(): Promise<string> {
  const stack: RunningStack = await up('redis', { runtime: 'process' });
  try {
    return stack.connection('redis').url;
  } catch (error) {
    if (isStackctlError(error) || error instanceof StackctlError) return error.hint ?? error.code;
    throw error;
  } finally {
    await stack.dispose();
  }
}
`;
    expect(await check('use.mts', program)).toEqual({ code: 0, out: '', err: '' });
    const wrong = await check('wrong.mts', program.replace("runtime: 'process'", 'runtime: 7'));
    expect(wrong).toMatchObject({
      code: expect.any(Number),
      out: expect.stringMatching(/wrong\.mts\(3,\d+\): error TS2322/),
    });
  });

  test('compiles against the service kit, as its README says', async () => {
    for (const name of ['@types/node', 'undici-types'])
      await cp(join(ROOT, 'node_modules', name), join(folder, 'project/kit/node_modules', name), { recursive: true });
    const program =
      "import { createApp, runService, serve } from 'stackctl/service-kit';\nexport const all = [createApp, runService, serve];\n";
    const flags = ['--types', 'node', '--allowImportingTsExtensions'];
    expect(await check('kit/kit.mts', program, ...flags)).toEqual({ code: 0, out: '', err: '' });
  });
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

describe('a copy of a built-in stack, away from the package', () => {
  /** Beside the project, so that no node_modules lies above it. */
  const inCopy = (path: string) => join(folder, 'mine', path);
  const main = 'services/test-app/src/main.ts';
  let set: readonly string[];
  let userPort: number;

  beforeAll(async () => {
    await cp(join(folder, 'project/node_modules/stackctl/templates/event-tracking'), inCopy('.'), { recursive: true });
    for (const service of await readdir(inCopy('services'))) {
      await rm(inCopy(`services/${service}/dist`), { recursive: true });
    }
    const ports = await freePortValues('event-tracking');
    set = Object.entries(ports).flatMap(([name, port]) => ['--set', `${name}=${port}`]);
    userPort = ports.testAppPort ?? 0;
  });
  const up = () => npx(['up', inCopy('.'), '--build', '--runtime', 'process', ...set]);
  const edit = async (from: string, to: string) => {
    const source = await readFile(inCopy(main), 'utf8');
    expect(source).toContain(from);
    await writeFile(inCopy(main), source.replace(from, to));
  };

  test('says where the source is wrong, without a stack trace, and starts nothing', async () => {
    await edit("'node:process'", "'a-library-that-is-not-installed'");
    const { code, err } = await up();
    expect(code).toBe(1);
    expect(err).toContain('test-app could not be built');
    expect(err).toContain('src/main.ts:1:20');
    expect(err).toContain('npm install a-library-that-is-not-installed');
    expect(err).not.toMatch(/^ +\|? *at .*\.js:\d+/m);
    expect((await npx(['ls', '--json'])).out).not.toContain('event-tracking');
    await edit("'a-library-that-is-not-installed'", "'node:process'");
  });

  test('is built and runs as it was changed', async () => {
    await edit("name: 'Ada'", "name: 'Emmy'");
    const { code, err } = await up();
    expect({ code, err }).toMatchObject({ code: 0 });
    const answer = await fetch(`http://127.0.0.1:${userPort}/api/v1/users`);
    expect(await answer.json()).toMatchObject({ users: [{ name: 'Emmy' }, { name: 'Grace' }, { name: 'Edsger' }] });
    const seed = await npx(['seed', 'traffic', '--count', '100', '--project', 'event-tracking', '--json']);
    expect(JSON.parse(seed.out).data).toMatchObject({ acked: 100, verified: true });
    expect((await npx(['clean', '--yes', '--project', 'event-tracking'])).code).toBe(0);
  });
});

test('the program of the guide in the README of the service kit is built and answers', async () => {
  const readme = await readFile(join(folder, 'project/node_modules/stackctl/packages/service-kit/README.md'), 'utf8');
  const files = [...readme.matchAll(/`([\w/.]+)`[^`\n]*\n\n```\w+\n([\s\S]*?)```/g)];
  for (const [, path = '', text = ''] of files) {
    await mkdir(dirname(join(folder, 'guide', path)), { recursive: true });
    await writeFile(join(folder, 'guide', path), text);
  }
  const port = await freePorts(1);
  const up = ['up', join(folder, 'guide'), '--build', '--runtime', 'process', '--set', `helloPort=${port}`];
  const { code, err } = await npx(up);
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toEqual({ greeting: 'good morning' });
  expect((await npx(['clean', '--yes', '--project', 'mine'])).code).toBe(0);
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
