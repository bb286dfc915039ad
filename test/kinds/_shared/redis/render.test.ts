import { expect, test } from 'vitest';
import { passwordOrNone, quoteConfig, quotedPassword } from '../../../../src/kinds/_shared/redis/config-text.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { render } from '../../../../src/render/render.ts';
import { serviceOf } from '../../../../src/stack/contract/model.ts';
import { runtimeNames } from '../../../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../../../src/stack/contract/runtime-facts.ts';
import { builtInStack } from '../../../support/built-in-stack.ts';

async function conf(values: Readonly<Record<string, string>>, runtime: RuntimeName = 'process') {
  const { files } = render(await builtInStack('redis-sentinel', { runtime, values }));
  return (path: string) => files.find((file) => file.path === path);
}

test.each([
  ['plain', '"plain"'],
  ['two words', '"two words"'],
  [`it's`, `"it's"`],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['tab\tnew\nline\r', '"tab\\tnew\\nline\\r"'],
  ['ä#$%', '"ä#$%"'],
])('%j is quoted as %s', (text, quoted) => expect(quoteConfig(text)).toBe(quoted));

test('an empty password is none', () => {
  expect(passwordOrNone(new Secret(''))).toBeUndefined();
  expect(quotedPassword(undefined)).toEqual([]);
});

test('save points: one line each, and an empty value turns them off', async () => {
  const lines = (text: string | undefined): readonly string[] => text?.match(/^save .*$/gm) ?? [];
  expect(lines((await conf({}))('redis-1/redis.conf')?.text)).toEqual(['save 900 1', 'save 300 10', 'save 60 10000']);
  expect(lines((await conf({ save: '' }))('redis-1/redis.conf')?.text)).toEqual(['save ""']);
});

test('a password makes the files that hold it private, and appears in no other', async () => {
  const find = await conf({ redisPassword: 's3cret-redis', sentinelPassword: 's3cret-sentinel' });
  const stack = await builtInStack('redis-sentinel', {
    runtime: 'docker',
    values: { redisPassword: 's3cret-redis', sentinelPassword: 's3cret-sentinel' },
  });
  expect(find('redis-1/redis.conf')).toMatchObject({
    mode: 0o600,
    text: expect.stringContaining('masterauth "s3cret-redis"'),
  });
  const holding = render(stack).files.filter(({ text }) => text.includes('s3cret'));
  expect(holding.filter(({ mode }) => mode !== 0o600)).toEqual([]);
  expect(holding.map(({ path }) => path)).not.toContain('compose.yaml');
});

test('without a password there are no lines and no files for one', async () => {
  const find = await conf({});
  expect(find('redis-1/redis.conf')?.text).not.toMatch(/requirepass|masterauth/);
  expect(find('redis-1/server.auth')).toBeUndefined();
  expect(find('redis-1/redis.conf')?.mode).toBe(0o644);
});

test('a local process listens on loopback only, a container everywhere inside', async () => {
  expect((await conf({}))('redis-2/redis.conf')?.text).toMatch(/^port 6380\nbind 127\.0\.0\.1$/m);
  expect((await conf({}, 'docker'))('redis-2/redis.conf')?.text).not.toMatch(/^bind/m);
});

test('the command line client and the start never have the password as an argument', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'process', values: { redisPassword: 's3cret' } });
  const service = serviceOf(stack, 'redis');
  const [instance] = service.instances;
  if (instance === undefined) throw new Error('no instance');
  const cli = service.kind.cli?.({ stack, service, instance });
  expect(cli?.argv).toEqual(['redis-cli', '-e', '-p', '6379']);
  const auth = cli?.environment.REDISCLI_AUTH;
  expect(auth instanceof Secret && auth.reveal()).toBe('s3cret');
  const started = service.kind.process({ stack, service, instance }, { binaries: {}, config: '/c', data: '/d' });
  expect(JSON.stringify(started)).not.toContain('s3cret');
});

test.each(runtimeNames())('another name of the group starts only the Sentinels again: %s', async (runtime) => {
  const rendered = async (masterName: string) =>
    render(await builtInStack('redis-sentinel', { runtime, values: { masterName } }));
  const [before, after] = [await rendered('mymaster'), await rendered('other')];
  const changed = [...after.hashes].flatMap(([name, hash]) => (before.hashes.get(name) === hash ? [] : [name]));
  expect(changed).toEqual(['sentinel-1', 'sentinel-2', 'sentinel-3']);
  // It is written for servers that run too: they ask for it at their next start.
  const files = after.files.filter(({ path }) => path.startsWith('redis-') && path.endsWith('/group'));
  expect(files.map(({ text, volatile }) => ({ text, volatile }))).toEqual(
    Array(3).fill({ text: 'other\n', volatile: true }),
  );
  const stack = await builtInStack('redis-sentinel', { runtime, values: { masterName: 'other' } });
  const [instance] = serviceOf(stack, 'redis').instances;
  if (instance === undefined) throw new Error('redis has no instance');
  const { kind } = serviceOf(stack, 'redis');
  const input = { stack, service: serviceOf(stack, 'redis'), instance };
  expect(
    JSON.stringify([kind.container(input), kind.process(input, { binaries: {}, config: '/c', data: '/d' })]),
  ).not.toContain('other');
});
