/** stackctl as a library: what goes wrong on purpose, and what a dead process leaves. */
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { run, STACKCTL } from '../../support/cli.ts';
import { openLibrary } from '../../support/library.ts';
import { ask, roleOf } from '../../support/redis-side.ts';
import { gateRuntimes, RUNTIMES, requireRuntime } from '../../support/require.ts';
import { waitFor } from '../../support/wait-for.ts';

const FAST = { downAfterMs: 2000, failoverTimeoutMs: 10_000 };

describe.each(RUNTIMES)('on %s', (runtime) => {
  test('a killed master is replaced, a hand-over moves it back, and clients follow', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const stack = await library.up('redis-sentinel', { values: FAST });
    const portOf = (name: string) => stack.connection('redis').instances.find((one) => one.name === name)?.port ?? 0;
    const { ioredis, sentinels } = stack.connection('sentinel');
    expect(sentinels).toHaveLength(3);
    const client = new Redis({ ...ioredis, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    try {
      await client.set('before', 'it');
      expect(stack.connection('redis').port).toBe(portOf('redis-1'));

      const fault = await stack.inject('redis', 'kill');
      expect(fault).toMatchObject({ instance: 'redis-1', fault: 'kill' });
      await expect(ask(portOf('redis-1'), 'PING')).rejects.toThrow();
      await client.set('after', 'the failover');
      const seen = await stack.status();
      const master = seen.instances.find(({ role }) => role === 'master')?.name ?? '';
      expect(['redis-2', 'redis-3']).toContain(master);
      expect(await roleOf(portOf(master))).toBe('master');
      expect(stack.connection('redis').port).toBe(portOf(master));

      await fault.heal();
      await fault.heal();
      const roleNow = () => roleOf(portOf('redis-1')).catch(() => 'none yet');
      await waitFor('redis-1 to follow', async () => (await roleNow()) === 'slave' && (await stack.status()).healthy);
      const handed = await stack.failover({ to: 'redis-1', measure: true });
      expect(handed).toMatchObject({ from: master, to: 'redis-1', figures: { lost: 0 } });
      expect(await roleOf(portOf('redis-1'))).toBe('master');
      expect(stack.connection('redis').port).toBe(portOf('redis-1'));
      expect(await client.get('after')).toBe('the failover');
    } finally {
      client.disconnect();
    }
    await stack.dispose();
    expect(await library.traces(stack)).toEqual([]);
  });

  test('a fault lasts while its process does, also when another stackctl looks; disposing of it or of the stack ends it', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const stack = await library.up('redis');
    const healthOf = async () => (await stack.status()).instances[0]?.health;
    {
      await using fault = await stack.inject('redis-1', 'pause');
      expect(fault.instance).toBe('redis-1');
      expect(await healthOf()).toBe('paused');
      const looked = await run(STACKCTL, ['status', '--json'], {
        cwd: stack.folder,
        env: library.env as NodeJS.ProcessEnv,
      });
      expect(JSON.parse(looked.out).data.instances[0].health).toBe('paused');
    }
    await waitFor('redis-1 to be healthy', async () => (await healthOf()) === 'healthy');
    await stack.inject('redis', 'pause');
    await expect(stack.inject('redis', 'melt' as 'pause')).rejects.toMatchObject({ code: 'E_FAULT_UNSUPPORTED' });
    await expect(stack.inject('nobody', 'pause')).rejects.toMatchObject({ code: 'E_INSTANCE_NOT_FOUND' });
    await stack.dispose();
    expect(await library.traces(stack)).toEqual([]);
  });

  test('the next up ends what a killed process has left, and touches nothing of one that lives', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const program = () =>
      library.program(`
        const stack = await up('redis');
        await stack.inject('redis', 'pause');
        say({ folder: stack.folder, project: stack.project });
        setInterval(() => undefined, 1000);`);
    const [dead, alive] = [program(), program()];
    const [left, kept] = [await dead.next(), await alive.next()];
    dead.child.kill('SIGKILL');
    await dead.ended;
    expect((await library.traces(left)).length).toBeGreaterThan(0);

    const next = await library.up('redis');
    expect(await library.traces(left)).toEqual([]);
    expect((await library.traces(kept)).length).toBeGreaterThan(0);
    alive.child.kill('SIGKILL');
    await alive.ended;
    await next.dispose();
    await (await library.up('redis')).dispose();
    expect(await library.traces(kept)).toEqual([]);
    expect(await library.noted()).toEqual([]);
  });
});

test('a process that has disposed of its stack ends by itself, has printed nothing and left nothing behind', async (context) => {
  requireRuntime(context, 'process');
  await using library = await openLibrary('process');
  const program = library.program(`
    const names = () => [...Reflect.ownKeys(globalThis), ...process.eventNames(), process.umask(), process.cwd()].map(String);
    const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
    const before = JSON.stringify([names(), listeners()]);
    const stack = await up('redis');
    await stack.status();
    await stack.dispose();
    say(before === JSON.stringify([names(), listeners()]) || [before, names(), listeners()]);`);
  expect(await program.next()).toBe(true);
  expect(await program.ended).toEqual({ code: 0, out: 'true\n', err: '' });
});

describe.each(gateRuntimes('process'))('on %s', (runtime) => {
  test('seeded events are verified in the store', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const stack = await library.up('redis-sentinel');
    const seeded = await stack.seed({ profile: 'rooms', count: 200, seed: 7 });
    expect(seeded).toMatchObject({ profile: 'rooms', seed: 7, acked: 200, rejected: 0, verified: true });
    await expect(stack.seed({ profile: 'none' })).rejects.toMatchObject({ code: 'E_PROFILE_NOT_FOUND' });
    await stack.dispose();
  });
});
