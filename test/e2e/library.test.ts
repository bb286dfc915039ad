/** The library and its examples, from the package as it is published, in a folder of a user. */
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { ROOT, run } from '../support/cli.ts';
import { processesIn } from '../support/leftovers.ts';
import { requireRuntime } from '../support/require.ts';

/** Holds node_modules with the unpacked package, and beside it, by links, what else a user would have installed. */
let user: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  user = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-user-')));
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|STACKCTL_|NODE_ENV|NODE_EXTRA_CA_CERTS|FORCE_COLOR)/.test(name),
  );
  await Promise.all(['tmp', 'node_modules'].map((name) => mkdir(join(user, name))));
  env = {
    ...Object.fromEntries(own),
    XDG_STATE_HOME: join(user, 'state'),
    TMPDIR: join(user, 'tmp'),
    STACKCTL_RUNTIME: 'process',
  };
  // Built before the tests: `prepack` would build again.
  const packed = await done('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', user], { cwd: ROOT });
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')));
  await done('tar', ['xzf', filename]);
  await cp(join(user, 'package'), join(user, 'node_modules/stackctl'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== 'stackctl') await symlink(join(ROOT, 'node_modules', name), join(user, 'node_modules', name));
  }
  await writeFile(join(user, 'package.json'), '{ "private": true, "type": "module" }');
});

afterAll(() => rm(user, { recursive: true, force: true }));

test('every block of docs/library.md runs as it stands', async (context) => {
  requireRuntime(context, 'process');
  const page = await readFile(join(ROOT, 'docs/library.md'), 'utf8');
  const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  expect(blocks.length).toBeGreaterThan(1);
  for (const text of blocks) {
    await writeFile(join(user, 'block.js'), text);
    expect(await run(process.execPath, ['block.js'], { cwd: user, env })).toEqual({ code: 0, out: '', err: '' });
  }
  await expectNothingLeft();
});

test('require gives the same, and the face is small', async () => {
  const text = `
    const { up, isStackctlError, StackctlError } = require('stackctl');
    const loaded = process.moduleLoadList.filter((name) => /^NativeModule (child_process|net)$/.test(name));
    up('none', { runtime: 'process' }).catch((error) => console.log(JSON.stringify({
      loaded, code: error.code, is: isStackctlError(error) && error instanceof StackctlError, hint: error.hint })));`;
  const { out, err } = await run(process.execPath, ['--input-type=commonjs', '-e', text], { cwd: user, env });
  expect(err.replace(/^.*ExperimentalWarning[\s\S]*$/m, '')).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    ...{ loaded: [], code: 'E_STACK_NOT_FOUND', is: true },
    hint: expect.stringContaining('One server of a kind: clickhouse, '),
  });
  await expectNothingLeft();
});

test('the shipped types say what a program may write', async () => {
  const good = `
    import { isStackctlError, type RunningStack, StackctlError, up } from 'stackctl';
    const stack: RunningStack = await up('redis', { values: { redisPassword: 'x' }, runtime: 'process', keep: false });
    const { url, port, password }: { url: string; port: number; password?: string } = stack.connection('redis');
    await using fault = await stack.inject('redis', 'pause', { signal: AbortSignal.timeout(1000) });
    for await (const { instance, text } of stack.logs('redis', { tail: 3 })) console.log(instance, text, url, port, password);
    const { verified }: { verified: boolean } = await stack.seed({ count: 3 });
    try { await stack.failover({ to: 'redis-2' }); } catch (error) {
      if (isStackctlError(error)) console.log(error.code === 'E_USAGE', error.hint, error instanceof StackctlError, verified, fault.instance);
    }
    await stack[Symbol.asyncDispose]();
    export {};`;
  await writeFile(join(user, 'good.ts'), good);
  await writeFile(join(user, 'bad.ts'), good.replace("'pause'", "'melt'").replace('keep: false', 'keeep: false'));
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable'];
  const check = (file: string) =>
    run(
      process.execPath,
      [
        join(ROOT, 'node_modules/typescript/bin/tsc'),
        '--ignoreConfig',
        ...flags,
        '--module',
        'nodenext',
        '--types',
        'node',
        file,
      ],
      { cwd: user },
    );
  expect(await check('good.ts')).toEqual({ code: 0, out: '', err: '' });
  const { out } = await check('bad.ts');
  expect(out).toMatch(/'keeep' does not exist/);
  expect(out).toMatch(/'"melt"' is not assignable/);
});

test('examples/vitest passes: one stack for all files, and one of its own for a failover', async (context) => {
  requireRuntime(context, 'process');
  await cp(join(ROOT, 'examples/vitest'), join(user, 'vitest'), { recursive: true });
  const { code, out, err } = await run(process.execPath, ['../node_modules/vitest/vitest.mjs', 'run'], {
    cwd: join(user, 'vitest'),
    env: { ...env, NO_COLOR: '1' },
  });
  expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringMatching(/Tests +2 passed/) });
  await expectNothingLeft();
});

test('examples/node-test passes', async (context) => {
  requireRuntime(context, 'process');
  await cp(join(ROOT, 'examples/node-test'), join(user, 'node-test'), { recursive: true });
  const { code, out, err } = await run(process.execPath, ['--test'], { cwd: join(user, 'node-test'), env });
  expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringMatching(/^# pass 1$/m) });
  await expectNothingLeft();
});

test('examples/pytest passes, by the command line', async (context) => {
  requireRuntime(context, 'process');
  const python = await pythonWithPytest(context);
  await cp(join(ROOT, 'examples/pytest'), join(user, 'pytest'), { recursive: true });
  const program = `${process.execPath} ${join(user, 'node_modules/stackctl/bin/stackctl.cjs')}`;
  const { code, out, err } = await run(python, ['-m', 'pytest', '-p', 'no:cacheprovider'], {
    cwd: join(user, 'pytest'),
    env: { ...env, STACKCTL: program },
  });
  expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringMatching(/1 passed/) });
  expect(processesIn(user)).toEqual([]);
});

/** Nothing runs, no folder is left, no owner is noted. */
async function expectNothingLeft(): Promise<void> {
  expect(processesIn(user)).toEqual([]);
  expect((await readdir(join(user, 'tmp'))).filter((name) => name.startsWith('stackctl-'))).toEqual([]);
  const state = await readdir(join(user, 'state'), { recursive: true }).catch(() => []);
  expect(state.filter((name) => name.endsWith('.json'))).toEqual([]);
}

/** Debian's package is for its own Python, which need not be the first on PATH. Without one the test is skipped and says so. */
async function pythonWithPytest({ task, skip }: TestContext): Promise<string> {
  for (const python of ['/usr/bin/python3', 'python3']) {
    if ((await run(python, ['-m', 'pytest', '--version'])).code === 0) return python;
  }
  const reason = 'pytest is not installed (python3-pytest)';
  if ((process.env.STACKCTL_REQUIRE ?? '').split(',').includes('pytest')) throw new Error(`required: ${reason}`);
  Object.assign(task.meta, { skipped: reason });
  process.stderr.write(`skipped: ${task.name}: ${reason}\n`);
  return skip(reason);
}

async function done(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const { code, out, err } = await run(program, args, { cwd: user, env, ...options });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exits with ${code}\n${out}\n${err}`);
  return out;
}
