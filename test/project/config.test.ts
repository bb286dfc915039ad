import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Config, type ConfigInput, loadConfig } from '../../src/project/config.ts';
import { errorOf, folderOf } from '../support/stack-fixtures.ts';

const NONE: ConfigInput['flags'] = { project: undefined, runtime: undefined };

test('without a file everything is built in', async () => {
  await using folder = await folderOf({ '.git/HEAD': '' });
  const config = await loadConfig({ cwd: folder.path, env: {}, flags: NONE });
  expect(config).toMatchObject({ folder: undefined, files: [], stack: undefined, name: undefined, values: [] });
  expect(config.runtime).toEqual({ value: 'auto', origin: 'built-in' });
  expect(config.profile).toEqual({ value: 'dev', origin: 'built-in' });
});

test('flag > variable > local file > file > built-in', async () => {
  await using folder = await folderOf({
    'stackctl.yaml': 'runtime: docker\nprofile: dev\nname: from-file\nstack: a\nvalues: {x: 1, y: 2}\n',
    'stackctl.local.yaml': 'profile: production\nvalues:\n  x: 3\n',
  });
  const load = (env: Record<string, string>, flags = NONE): Promise<Config> =>
    loadConfig({ cwd: folder.path, env, flags });
  expect(await load({})).toMatchObject({
    runtime: { value: 'docker', origin: 'stackctl.yaml:1:10' },
    profile: { value: 'production', origin: 'stackctl.local.yaml:1:10' },
    name: { value: 'from-file', origin: 'stackctl.yaml:3:7' },
    values: [
      { name: 'x', given: 3, origin: 'stackctl.local.yaml:3:6' },
      { name: 'x', given: 1, origin: 'stackctl.yaml:5:13' },
      { name: 'y', given: 2 },
    ],
  });
  const env = {
    STACKCTL_RUNTIME: 'process',
    STACKCTL_PROJECT: 'from-env',
    STACKCTL_STACK: './b',
    STACKCTL_PROFILE: '',
  };
  expect(await load(env, { project: 'from-flag', runtime: undefined })).toMatchObject({
    runtime: { value: 'process', origin: 'STACKCTL_RUNTIME' },
    profile: { value: 'production' },
    name: { value: 'from-flag', origin: '--project' },
    stack: { value: './b', origin: 'STACKCTL_STACK' },
  });
});

test('the nearest ancestor counts, and the search ends at the root of the repository', async () => {
  await using folder = await folderOf({
    'stackctl.yaml': 'name: outer\n',
    'repo/.git/HEAD': '',
    'repo/deep/down/x': '',
    'inner/stackctl.yaml': 'name: inner\n',
    'inner/deep/x': '',
  });
  const at = (path: string) => loadConfig({ cwd: join(folder.path, path), env: {}, flags: NONE });
  expect((await at('inner/deep')).folder).toBe(join(folder.path, 'inner'));
  expect((await at('inner/deep')).name?.origin).toBe(join(folder.path, 'inner/stackctl.yaml:1:7'));
  expect((await at('repo/deep/down')).folder).toBeUndefined();
  expect((await at('.')).name?.value).toBe('outer');
});

test('50 mistakes are reported at once, each with its place', async () => {
  const lines = Array.from({ length: 47 }, (_, index) => `wrong${index}: 1`);
  await using folder = await folderOf({
    'stackctl.yaml': ['runtme: docker', 'profile: prod', ...lines].join('\n'),
    'stackctl.local.yaml': 'values: {a: [1]}\n',
  });
  const error = await errorOf(loadConfig({ cwd: folder.path, env: {}, flags: NONE }));
  expect(error.code).toBe('E_CONFIG_INVALID');
  expect(error.exitCode).toBe(2);
  const problems = error.message.split('\n').slice(1);
  expect(problems).toHaveLength(50);
  expect(problems).toContainEqual(expect.stringMatching(/stackctl.yaml:1:1 runtme: unknown key .*"runtime"\?$/));
  expect(problems).toContainEqual(expect.stringMatching(/stackctl.yaml:2:10 profile: must be one of dev, production/));
  expect(problems).toContainEqual(expect.stringMatching(/stackctl.yaml:49:1 wrong46: unknown key/));
  expect(problems).toContainEqual(expect.stringMatching(/stackctl.local.yaml:1:13 values.a: must be text/));
});

test('variables and flags are checked too', async () => {
  await using folder = await folderOf({});
  const error = await errorOf(
    loadConfig({
      cwd: folder.path,
      env: { STACKCTL_PROFILE: 'productoin', STACKCTL_RUNTIME: 'podman' },
      flags: { project: 'Not A Name', runtime: undefined },
    }),
  );
  expect(error.message).toContain(
    'STACKCTL_PROFILE profile: must be one of dev, production, not "productoin"; did you mean "production"?',
  );
  expect(error.message).toContain('STACKCTL_RUNTIME runtime: must be one of auto, docker, process');
  expect(error.message).toContain('--project name: must start with');
});

test('an empty file is a configuration without settings', async () => {
  await using folder = await folderOf({ 'stackctl.yaml': '# nothing yet\nvalues:\n' });
  expect(await loadConfig({ cwd: folder.path, env: {}, flags: NONE })).toMatchObject({
    folder: folder.path,
    values: [],
  });
});
