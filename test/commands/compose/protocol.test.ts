import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { main } from '../../../src/main.ts';
import { testHost } from '../../support/host.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

interface Parameter {
  readonly name: string;
  readonly [key: string]: unknown;
}

async function run(argv: readonly string[], cwd = '/') {
  const host = testHost(['compose', ...argv], { cwd, env: { XDG_STATE_HOME: cwd, DOCKER_HOST: 'unix:///no/engine' } });
  const code = await main(host);
  const lines = host.out().trimEnd().split('\n');
  return { code, out: host.out(), lines, err: host.err() };
}

test('metadata describes the parameters as Compose reads them', async () => {
  const { code, out, err } = await run(['metadata']);
  expect([code, err]).toEqual([0, '']);
  const metadata = JSON.parse(out) as Record<'up' | 'down', { readonly parameters: readonly Parameter[] }>;
  expect(Object.keys(metadata)).toEqual(['description', 'up', 'down']);
  const named = ({ parameters }: { readonly parameters: readonly Parameter[] }) => parameters.map(({ name }) => name);
  expect(named(metadata.up)).toEqual(['stack', 'values', 'set', 'network', 'timeout']);
  expect(named(metadata.down)).toEqual(['data']);
  for (const parameter of [...metadata.up.parameters, ...metadata.down.parameters]) {
    expect(parameter).toMatchObject({ description: expect.any(String), type: 'string' });
    expect(parameter.required).toBe(parameter.name === 'stack');
    expect(['string', 'undefined']).toContain(typeof parameter.default);
  }
});

test.each([
  [['up', 'redis'], 'the Compose project is not named'],
  [['--project-name=shop', 'up', 'redis'], 'no stack is named. Name it in compose.yaml: provider: {type: stackctl'],
  [['--project-name=shop', 'up', '--stack=redis-sentinal', 'redis'], 'there is no stack "redis-sentinal"'],
  [['--project-name=shop', 'up', '--stack=redis', '--timeout=soon', 'redis'], 'Give a number with a unit'],
  [['--project-name=shop', 'up', '--stack=redis', '--colour=red', 'redis'], "unknown option '--colour=red'"],
  [['--project-name=shop', 'down', '--data=burn', 'redis'], 'Allowed choices are keep, remove'],
])('%j: an error is the only line of stdout', async (argv, what) => {
  await using folder = await folderOf({ 'compose.yaml': 'services: {}\n' });
  const { code, lines, err } = await run(argv, folder.path);
  expect(code).toBe(2);
  expect(lines.map((line) => JSON.parse(line))).toEqual([{ type: 'error', message: expect.stringContaining(what) }]);
  expect(err).toMatch(/^error /);
});

test('without an Engine, up says so and leaves nothing behind', async () => {
  await using folder = await folderOf({ 'compose.yaml': 'services: {}\n' });
  const { code, lines } = await run(['--project-name=shop', 'up', '--stack=redis', 'redis'], folder.path);
  expect(code).toBe(4);
  const messages = lines.map((line) => JSON.parse(line) as { readonly type: string; readonly message: string });
  expect(messages.at(-1)).toEqual({ type: 'error', message: expect.stringContaining('no Docker Engine answers') });
  expect(messages.slice(0, -1).every(({ type }) => type === 'info')).toBe(true);
  expect((await readdir(folder.path)).filter((name) => name === '.stackctl')).toEqual([]);
});

test('a secret among the options is refused before anything is started, and not repeated', async () => {
  await using folder = await folderOf({ 'compose.yaml': 'services: {}\n' });
  const argv = ['--project-name=shop', 'up', '--stack=redis-sentinel', '--set=redisPassword=h3idi', 'redis'];
  const { code, out, err } = await run(argv, folder.path);
  expect(code).toBe(2);
  expect(out).toContain('redisPassword under `set` would be readable in the list of processes');
  expect(out + err).not.toContain('h3idi');
});

test('down of what was never started is nothing to do', async () => {
  await using folder = await folderOf({});
  const { code, lines } = await run(['--project-name=shop', 'down', 'redis'], folder.path);
  expect(code).toBe(0);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { type: 'info', message: 'nothing was started for redis of shop' },
  ]);
});

test('with --json the answer is one envelope', async () => {
  const { code, out } = await run(['--project-name=shop', 'up', 'redis', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(out)).toMatchObject({ command: 'compose', status: 'failed', error: { code: 'E_USAGE' } });
});
