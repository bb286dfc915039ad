/** stackctl as a library: what comes up, how it is reached, and that nothing stays. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { StackctlError } from '../../../src/api.ts';
import { ROOT, run, STACKCTL } from '../../support/cli.ts';
import { openLibrary } from '../../support/library.ts';
import { RUNTIMES, requireRuntime } from '../../support/require.ts';

describe.each(RUNTIMES)('on %s', (runtime) => {
  test('two stacks at once in one process: each its own, and dispose leaves nothing of either', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const values = { redisPassword: 'p@ss word' };
    const [one, two] = await Promise.all([library.up('redis', { values }), library.up('redis')]);

    expect(one.folder).not.toBe(two.folder);
    expect(one.connection('redis')).toMatchObject({ kind: 'redis', host: '127.0.0.1', password: 'p@ss word' });
    expect(one.connection('redis').port).not.toBe(two.connection('redis').port);
    await withRedis(one.connection('redis').url, (redis) => redis.set('whose', 'one'));
    await withRedis(two.connection('redis').url, (redis) => redis.set('whose', 'two'));
    expect(await withRedis(one.connection('redis').url, (redis) => redis.get('whose'))).toBe('one');
    expect(await one.status()).toMatchObject({ healthy: true, instances: [{ name: 'redis-1', role: 'master' }] });

    await one.dispose();
    expect(await library.traces(one)).toEqual([]);
    expect(await withRedis(two.connection('redis').url, (redis) => redis.get('whose'))).toBe('two');
    await two[Symbol.asyncDispose]();
    await two.dispose();
    expect(await library.traces(two)).toEqual([]);
    expect(await library.noted()).toEqual([]);
    await expect(two.status()).rejects.toMatchObject({ code: 'E_NOT_RUNNING' });
  });

  test('env is what stackctl env prints, and the log is there', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const stack = await library.up('postgres', { values: { postgresPassword: 'geheim' } });
    const { env, folder: cwd } = { ...library, folder: stack.folder };
    const printed = await run(STACKCTL, ['env', 'postgres', '--format', 'json'], {
      cwd,
      env: env as NodeJS.ProcessEnv,
    });
    expect(stack.env('postgres')).toEqual(JSON.parse(printed.out));
    expect(stack.env()).toMatchObject({ PGPASSWORD: 'geheim', PGUSER: 'postgres' });
    expect(stack.connection('postgres')).toMatchObject({
      user: 'postgres',
      database: 'postgres',
      url: expect.stringMatching(/^postgresql:\/\/postgres:geheim@127\.0\.0\.1:\d+\/postgres$/),
    });
    const lines: string[] = [];
    for await (const { instance, text } of stack.logs('postgres')) lines.push(`${instance} ${text}`);
    expect(lines.join('\n')).toMatch(/^postgres-1 .*ready to accept connections/m);
    // One that follows ends with its stack.
    const following = (async () => {
      for await (const { instance } of stack.logs([], { follow: true })) expect(instance).toBe('postgres-1');
    })();
    await stack.dispose();
    await following;
  });

  test('a signal in the middle of up ends what was started', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const controller = new AbortController();
    const texts: string[] = [];
    const onEvent = ({ text }: { readonly text: string }): void => {
      texts.push(text);
      if (/: start, starting/.test(text)) controller.abort(new Error('enough'));
    };
    const failed = (await library
      .up('redis-sentinel', { signal: controller.signal, onEvent })
      .catch((error: unknown) => error)) as StackctlError;
    expect(failed).toMatchObject({ code: 'E_INTERRUPTED', cause: new Error('enough'), hint: undefined });
    expect(texts.join('\n')).toContain('starting');
    expect(await library.noted()).toEqual([]);
  });

  test('a project that a person has brought up is let alone', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const env = library.env as NodeJS.ProcessEnv;
    const images = runtime === 'docker' ? ['--values', join(ROOT, 'test/images/values.yaml')] : [];
    const cli = (...args: readonly string[]) => run(STACKCTL, args, { cwd: library.folder, env });
    const up = await cli('up', 'redis', '--runtime', runtime, '--ports', 'auto', ...images);
    expect({ code: up.code, err: up.err }).toMatchObject({ code: 0 });
    await expect(library.up('redis', { folder: '.' })).rejects.toMatchObject({ code: 'E_USAGE' });
    expect(JSON.parse((await cli('status', '--json')).out).data).toMatchObject({ project: 'redis', healthy: true });
    const other = await library.up('redis', { folder: '.', name: 'mine' });
    await other.dispose();
    expect(JSON.parse((await cli('status', '--json')).out).data).toMatchObject({ project: 'redis', healthy: true });
    expect((await cli('clean', '--yes')).code).toBe(0);
  });

  test('what is kept is there again, with its data and its ports', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const wish = { folder: 'kept', name: 'mine', keep: true } as const;
    const first = await library.up('redis', wish);
    expect(first).toMatchObject({ project: 'mine', folder: join(library.folder, 'kept') });
    await expect(library.up('redis', wish)).rejects.toMatchObject({ code: 'E_LOCKED', details: { pid: process.pid } });
    const { url } = first.connection('redis');
    await withRedis(url, (redis) => redis.set('here', 'still'));
    await first.dispose();
    const data = await library.traces(first);
    expect(data.filter((trace) => /^(process|container|network)/.test(trace))).toEqual([]);

    const second = await library.up('redis', { ...wish, keep: false });
    expect(second.connection('redis').url).toBe(url);
    expect(await withRedis(url, (redis) => redis.get('here'))).toBe('still');
    await second.down();
    await expect(withRedis(url, (redis) => redis.ping())).rejects.toThrow(/closed|refused/i);
    await second.dispose();
    expect(await library.traces(second)).toEqual([]);
  });
});

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
