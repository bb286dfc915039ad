import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as config from '../../src/commands/config.ts';
import * as init from '../../src/commands/init.ts';
import type { CommandContext, CommandModule, CommandResult } from '../../src/commands/line/command.ts';
import * as schema from '../../src/commands/schema.ts';
import * as templates from '../../src/commands/templates.ts';
import { StackctlError } from '../../src/errors.ts';
import { builtInPlugins } from '../../src/stack/contract/plugins.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import { errorOf, folderOf } from '../support/stack-fixtures.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

interface Call {
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly set?: readonly string[];
  readonly yes?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

async function run(module: CommandModule, { cwd, args = [], flags = {}, set = [], yes = false, env = {} }: Call) {
  const context: CommandContext = {
    cwd,
    env,
    global: { project: undefined, runtime: undefined, set, values: [], json: false, yes, timeoutMs: undefined },
    templatesFolder: TEMPLATES,
    signal: new AbortController().signal,
    emit: () => undefined,
    interactive: false,
    print: () => undefined,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    confirm: async (question) => {
      if (!yes) throw new StackctlError('E_NEEDS_CONFIRMATION', question);
    },
  };
  return (await module.run(context, args, flags)) as CommandResult;
}

test('templates lists every built-in stack', async () => {
  const { data, text } = await run(templates, { cwd: '/' });
  expect(text).toContain('redis-sentinel');
  expect(data).toMatchObject({
    stacks: expect.arrayContaining([
      expect.objectContaining({
        name: 'redis-sentinel',
        services: [
          { name: 'redis', kind: 'redis', instances: 3 },
          { name: 'sentinel', kind: 'sentinel', instances: 3 },
        ],
      }),
    ]),
  });
});

test('templates lists the stacks of one server apart: they are started by the same command', async () => {
  const { data, text } = await run(templates, { cwd: '/' });
  const { stacks, single } = data as Record<'stacks' | 'single', readonly { name: string; services: unknown }[]>;
  expect(single?.find(({ name }) => name === 'kafka')?.services).toEqual([
    { name: 'kafka', kind: 'kafka', instances: 1 },
  ]);
  expect(stacks?.map(({ name }) => name)).not.toContain('kafka');
  expect(text).toMatch(/One server of a kind:.*^clickhouse +One ClickHouse server/ms);
});

test('init writes a file that changes nothing, and that can be used by taking comments away', async () => {
  await using folder = await folderOf({});
  const { data } = await run(init, { cwd: folder.path, args: ['redis-sentinel'] });
  const file = join(folder.path, 'stackctl.yaml');
  expect(data).toMatchObject({ file, stack: 'redis-sentinel' });
  const text = await readFile(file, 'utf8');
  expect(parse(text)).toEqual({ stack: 'redis-sentinel' });
  const before = await run(config, { cwd: folder.path });
  await writeFile(
    file,
    text.replaceAll(/^# (?=name:|runtime:|profile:|values:)/gm, '').replaceAll(/^# {3}(?=\w+: )/gm, '  '),
  );
  const uncommented = parse(await readFile(file, 'utf8'));
  expect(Object.keys(uncommented)).toEqual(['stack', 'name', 'runtime', 'profile', 'values']);
  expect(uncommented.values).toMatchObject({ quorum: 2, redisPort: 6379, redisPassword: '' });
  expect((await run(config, { cwd: folder.path })).text).toBe(before.text);
});

test('init does not replace a file without being told to', async () => {
  await using folder = await folderOf({ 'stackctl.yaml': '# mine\n' });
  const error = await errorOf(run(init, { cwd: folder.path }));
  expect(error.code).toBe('E_NEEDS_CONFIRMATION');
  expect(await readFile(join(folder.path, 'stackctl.yaml'), 'utf8')).toBe('# mine\n');
  await run(init, { cwd: folder.path, yes: true });
  expect(await readFile(join(folder.path, 'stackctl.yaml'), 'utf8')).toContain('# stack: analytics');
});

test('config prints what is in force, as YAML that could be a stackctl.yaml', async () => {
  await using folder = await folderOf({ 'stackctl.yaml': 'stack: redis-sentinel\nvalues:\n  quorum: 3\n' });
  const { text } = await run(config, { cwd: folder.path, set: ['redisPassword=hush'] });
  expect(parse(text)).toMatchObject({
    stack: 'redis-sentinel',
    name: 'redis-sentinel',
    runtime: 'auto',
    profile: 'dev',
    values: { quorum: 3, redisPassword: '[redacted]' },
  });
});

test('config --origins says where everything comes from, and shows no secret', async () => {
  await using folder = await folderOf({ 'stackctl.yaml': 'stack: redis-sentinel\nvalues:\n  quorum: 3\n' });
  const { text, data } = await run(config, {
    cwd: folder.path,
    flags: { origins: true },
    set: ['redisPassword=hush'],
    env: { STACKCTL_VALUE_DOWN_AFTER_MS: '2000', STACKCTL_RUNTIME: 'process' },
  });
  expect(text).toMatch(/^values.quorum +3 +stackctl.yaml:3:11$/m);
  expect(text).toMatch(/^values.downAfterMs +2000 +STACKCTL_VALUE_DOWN_AFTER_MS$/m);
  expect(text).toMatch(/^values.redisPassword +\[redacted\] +--set$/m);
  expect(text).toMatch(/^runtime +process +STACKCTL_RUNTIME$/m);
  expect(text + JSON.stringify(data)).not.toContain('hush');
});

test('config without a stack prints the settings', async () => {
  await using folder = await folderOf({});
  const { text, data } = await run(config, { cwd: folder.path });
  expect(text).toBe('runtime: auto\nprofile: dev');
  expect(data).toMatchObject({ files: [], values: [], settings: { stack: { value: null } } });
});

test('schema lists what there is, and prints one by its name', async () => {
  const list = await run(schema, { cwd: '/' });
  const { schemas } = list.data as { readonly schemas: readonly { readonly name: string; readonly path: string }[] };
  expect(schemas.map(({ name }) => name)).toEqual(['stack', 'config', 'traffic']);
  for (const { name, path } of schemas) {
    const { text, data } = await run(schema, { cwd: '/', args: [name] });
    expect(text, name).toBe((await readFile(path, 'utf8')).trimEnd());
    expect(data).toEqual({ name, schema: JSON.parse(text) });
  }
});

test('schema with a name that is none says which it may be', async () => {
  expect(await errorOf(run(schema, { cwd: '/', args: ['trafic'] }))).toMatchObject({
    code: 'E_USAGE',
    hint: 'Did you mean traffic?',
  });
});

test('the first line of what init writes leads an editor to a schema that is there', async () => {
  await using folder = await folderOf({});
  await run(init, { cwd: folder.path });
  const [line = ''] = (await readFile(join(folder.path, 'stackctl.yaml'), 'utf8')).split('\n');
  const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(line) ?? [];
  expect(JSON.parse(await readFile(resolve(folder.path, path), 'utf8'))).toMatchObject({
    title: expect.stringContaining('stackctl.yaml'),
  });
});

test('init --new makes a stack that loads, under the name of its folder, and the stack of this folder', async () => {
  await using folder = await folderOf({});
  const { data } = await run(init as CommandModule, { cwd: folder.path, flags: { new: './my-shop' } });
  expect(data).toMatchObject({ stack: 'my-shop', next: 'stackctl up' });
  const { spec } = await loadSpec({ folder: join(folder.path, 'my-shop'), plugins: builtInPlugins });
  expect(Object.keys(spec.services)).toEqual(['database', 'api']);
  expect(parse(await readFile(join(folder.path, 'stackctl.yaml'), 'utf8'))).toEqual({ stack: './my-shop' });
});

test.each([
  ['a folder that has something in it', { flags: { new: '.' } }, /is not empty|cannot be its name/],
  ['a name that no stack can have', { flags: { new: './My_Shop' } }, /"My_Shop" cannot be its name/],
  ['a stack beside it', { args: ['analytics'], flags: { new: './shop' } }, /--new makes a stack/],
])('init --new refuses %s, and writes nothing', async (_what, call, message) => {
  await using folder = await folderOf({ 'notes.txt': 'mine' });
  expect(await errorOf(run(init as CommandModule, { cwd: folder.path, ...call }))).toMatchObject({
    code: 'E_USAGE',
    message: expect.stringMatching(message),
  });
  expect(await readdir(folder.path)).toEqual(['notes.txt']);
});
