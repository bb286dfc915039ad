/** stackctl as a library: an up that fails ends what it has started, and nothing that was there before. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunningStack, UpOptions } from '../../../src/api.ts';
import { writeJson } from '../../../src/lib/files.ts';
import { takeLock } from '../../../src/lib/lock.ts';
import { ownMark } from '../../../src/lib/process-identity.ts';
import { claimOwned } from '../../../src/project/owners.ts';
import { projectPaths } from '../../../src/project/paths.ts';
import type { RuntimeName } from '../../../src/stack/contract/runtime-facts.ts';
import { ROOT, run, STACKCTL } from '../../support/cli.ts';
import { openLibrary, type TestLibrary } from '../../support/library.ts';
import { ask } from '../../support/redis-side.ts';
import { RUNTIMES, requireRuntime } from '../../support/require.ts';

const BAD: readonly [UpOptions, string][] = [
  [{ values: { nosuchvalue: 'x' } }, 'E_VALUE_INVALID'],
  [{ services: ['typo'] }, 'E_INSTANCE_NOT_FOUND'],
  [{ scale: { typo: 2 } }, 'E_INSTANCE_NOT_FOUND'],
];
const KEPT = { folder: 'kept', keep: true } as const;

describe.each(RUNTIMES)('on %s', (runtime) => {
  test('what was kept outlives an up that is refused, and one that is aborted, whether its servers run or not', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const cli = cliIn(library, join(library.folder, 'kept'), runtime);
    const first = await library.up('redis', KEPT);
    await ask(portOf(first), 'SET', 'here', 'still');
    await first.dispose();
    // Without `keep`, the next one that comes up would delete it in the end. These do not come up.
    const wish = { folder: 'kept' };
    const refused = async (): Promise<void> => {
      for (const [bad, code] of BAD)
        await expect(library.up('redis', { ...wish, ...bad })).rejects.toMatchObject({ code });
      expect(await claims(library)).toEqual([]);
    };
    await refused();
    await expect(library.up('redis', { ...wish, ...abortedAt(/: start, starting/) })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(await claims(library)).toEqual([]);
    const traces = await library.traces(first);
    expect(traces.filter((trace) => /^(process|container)/.test(trace))).toEqual([]);

    await cli.up();
    await refused();
    await expect(library.up('redis', { ...wish, ...abortedAt(/^runtime: /) })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(await cli.status()).toMatchObject({ healthy: true });
    const second = await library.up('redis', wish);
    expect(await ask(portOf(second), 'GET', 'here')).toBe('still');
    await second.dispose();
    expect(await library.traces(second)).toEqual([]);
  });

  test('an up that finds the project locked claims nothing, and the next one has it', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const first = await library.up('redis', KEPT);
    await ask(portOf(first), 'SET', 'here', 'still');
    await first.dispose();
    const release = await takeLock(projectPaths(first.folder, first.project).lock, 'stackctl restart');
    for (const keep of [false, true]) {
      const message = expect.stringContaining('"stackctl restart"');
      await expect(library.up('redis', { ...KEPT, keep })).rejects.toMatchObject({ code: 'E_LOCKED', message });
      expect(await claims(library)).toEqual([]);
    }
    await release();
    await using second = await library.up('redis', { ...KEPT, keep: false });
    expect(await ask(portOf(second), 'GET', 'here')).toBe('still');
  });

  test('a project of a person outlives whatever a library does in its folder', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const cli = cliIn(library, library.folder, runtime);
    await cli.up();
    const other: RuntimeName = runtime === 'docker' ? 'process' : 'docker';
    const wishes = [{}, ...BAD.map(([bad]) => bad), { runtime: other }, abortedAt(/./)];
    for (const wish of wishes) {
      for (const keep of [false, true])
        await expect(library.up('redis', { ...wish, keep, folder: '.' })).rejects.toMatchObject({ code: 'E_USAGE' });
    }
    expect(await cli.status()).toMatchObject({ healthy: true });

    // A claim whose owner was killed, as it is before its project and when the person has replaced that.
    const place = { folder: library.folder, name: 'redis', temporary: false, keep: false };
    for (const holds of [false, true]) {
      await claimOwned(ownersOf(library), place, new Date());
      const [file = ''] = await claims(library);
      const owner = { ...ownMark(), host: hostname(), started: 'x' };
      await writeJson(join(library.folder, 'state', file), { ...place, holds, owner, since: '' }, 0o600);
      await (await library.up('redis')).dispose();
      expect(await claims(library)).toEqual([]);
    }
    expect(await cli.status()).toMatchObject({ healthy: true });
    await cli.clean();

    const replaced = await library.up('redis', { folder: '.' });
    await cli.clean();
    await cli.up();
    await replaced.dispose();
    expect(await claims(library)).toEqual([]);
    expect(await cli.status()).toMatchObject({ healthy: true });
    await cli.clean();
  });

  test('a first up that is refused leaves nothing in its folder', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    for (const [bad, code] of BAD)
      await expect(library.up('redis', { ...bad, folder: 'new' })).rejects.toMatchObject({ code });
    expect(await library.traces({ folder: join(library.folder, 'new'), project: 'redis' })).toEqual([]);
    expect(await library.noted()).toEqual([]);
  });
});

function portOf(stack: RunningStack): number {
  return stack.connection('redis').port;
}

function ownersOf(library: TestLibrary): string {
  return join(library.folder, 'state', 'stackctl', 'owned');
}

async function claims(library: TestLibrary): Promise<readonly string[]> {
  return (await library.noted()).filter((file) => file.includes('owned'));
}

/** Aborts as soon as something like this is told. */
function abortedAt(text: RegExp): UpOptions {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (text.test(event.text)) controller.abort(new Error('enough'));
    },
  };
}

/** What a person does in a folder. */
function cliIn({ env }: TestLibrary, cwd: string, runtime: RuntimeName) {
  const images = runtime === 'docker' ? ['--values', join(ROOT, 'test/images/values.yaml')] : [];
  const cli = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(STACKCTL, args, { cwd, env: env as NodeJS.ProcessEnv });
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    return out;
  };
  return {
    up: () => cli('up', 'redis', '--runtime', runtime, '--ports', 'auto', ...images),
    status: async () => JSON.parse(await cli('status', '--json')).data,
    clean: () => cli('clean', '--yes'),
  };
}
