import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import { kindNames, loadKind } from '../../../src/stack/contract/plugins.ts';
import { checkService } from '../../../src/stack/load/check-kinds.ts';
import { checkRelations } from '../../../src/stack/load/check-relations.ts';
import { checkSpec, defaultValues } from '../../../src/stack/load/check-spec.ts';
import { loadSpec } from '../../../src/stack/load/load-spec.ts';
import { outlineOf } from '../../../src/stack/load/outline.ts';
import { stackSpec } from '../../../src/stack/load/spec.ts';
import { keyPaths } from '../../../src/stack/source/schema-keys.ts';
import { parseYaml } from '../../../src/stack/source/yaml-source.ts';
import { mistakesIn } from '../../../src/stack/source/zod-problems.ts';
import { errorOf, folderOf, STACK_FILES, STACK_YAML, testPlugins } from '../../support/stack-fixtures.ts';

async function problemsOf(yaml: string, files: Readonly<Record<string, string>> = STACK_FILES): Promise<string[]> {
  await using folder = await folderOf({ ...files, 'stack.yaml': yaml });
  const error = await errorOf(loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: testPlugins }));
  expect(error.code).toBe('E_STACK_INVALID');
  expect(error.exitCode).toBe(2);
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

const changed = (from: string, to: string) => problemsOf(STACK_YAML.replace(from, to));

test('loads a stack that is right', async () => {
  await using folder = await folderOf(STACK_FILES);
  const loaded = await loadSpec({ folder: folder.path, plugins: testPlugins });
  expect(loaded.spec.services.store).toMatchObject({ kind: 'store', instances: 2, dependsOn: [] });
  expect(loaded.templates.get('store')).toEqual([
    { target: 'store.conf', path: `${folder.path}/config/store.conf.tmpl`, text: 'size {{size}}\n' },
  ]);
  expect([...loaded.kinds.keys()]).toEqual(['store', 'watcher']);
});

test.each([
  [
    'dependsOn: [store]',
    'depends_on: [store]',
    /^stack.yaml:22:5 services.watcher.depends_on: unknown key .*did you mean "dependsOn"\?$/,
  ],
  [
    'kind: watcher',
    'kind: wacher',
    /^stack.yaml:20:11 services.watcher.kind: unknown kind "wacher".*did you mean "watcher"\?$/,
  ],
  [
    'monitors: store',
    'monitors: stroe',
    /^stack.yaml:21:15 services.watcher.monitors: unknown service "stroe".*did you mean "store"\?$/,
  ],
  [
    '[store]',
    '[store, nope]',
    /^stack.yaml:22:24 services.watcher.dependsOn.1: unknown service "nope" \(known: store, watcher\)$/,
  ],
  [
    '"{{quorum}}"',
    '"{{qourum}}"',
    /^stack.yaml:23:23 services.watcher.options.quorum: unknown value "qourum".*did you mean "quorum"\?$/,
  ],
  ['instances: 2', 'instances: two', /^stack.yaml:14:16 services.store.instances: must be a number, not text$/],
  ['instances: 2', 'instances: 15', /^stack.yaml:14:16 services.store.instances: must be at most 14$/],
  ['type: port', 'type: prot', /^stack.yaml:4:21 values.storePort.type: must be one of .*did you mean "port"\?$/],
  ['default: 7000', 'default: 70000', /^stack.yaml:4:36 values.storePort.default: must be a port/],
  [
    'options: {quorum: "{{quorum}}"}',
    'options: {}',
    /^stack.yaml:23:5 services.watcher.options.quorum: is missing; it must be a number$/,
  ],
  ['quorum: "{{quorum}}"', 'quorum: 0', /^stack.yaml:23:23 services.watcher.options.quorum: must be at least 1$/],
  [
    '{size: "{{size}}"',
    '{sice: "{{size}}"',
    /^stack.yaml:18:15 services.store.options.sice: kind store has no such option.*did you mean "size"\?$/,
  ],
  [
    'options: {quorum: "{{quorum}}"}',
    'options: {quorum: 1, quorums: 2}',
    /quorums: kind watcher has no such option.*"quorum"\?$/,
  ],
  [
    'default: 1, description: Quorum',
    'default: 0, description: Quorum',
    /^stack.yaml:6:36 values.quorum.default: must be at least 1 \(it fills services.watcher.options.quorum\)$/,
  ],
  [
    '{main: "{{storePort}}"}',
    '{mian: "{{storePort}}"}',
    /^stack.yaml:16:13 services.store.ports.mian: kind store has no such port.*did you mean "main"\?$/,
  ],
  ['{main: "{{storePort}}"}', '{main: "{{mode}}"}', /must be filled with a value of type port/],
  ['"{{image}}"', '"x:{{password}}"', /^stack.yaml:15:12 services.store.image: must not show the secret "password"$/],
  [
    'config/store.conf.tmpl',
    'config/other.tmpl',
    /^stack.yaml:17:26 services.store.config.store.conf: there is no file config\/other.tmpl beside stack.yaml$/,
  ],
  ['network: pair-net', 'network: pair-net\ntraffic: flow', /^stack.yaml:11:10 traffic: there is no folder flow/],
  [
    'network: pair-net',
    'network: pair-net\nmigrations: {sotre: config}',
    /^stack.yaml:11:14 migrations.sotre: unknown service "sotre".*"store"\?$/,
  ],
  [
    'network: pair-net',
    'network: pair net',
    /^stack.yaml:10:10 network: must be the name of a Docker network .*not "pair net"$/,
  ],
  [
    'network: pair-net',
    'network: "{{mode}} net"',
    /^stack.yaml:7:33 values.mode.default: must be the name of a Docker network .*\(it fills network\)$/,
  ],
  ['image: "{{image}}"', 'image: Store', /^stack.yaml:15:12 services.store.image: must be the name of an image/],
  [
    'default: safe,',
    'default: safe, pattern: {matches: "[", rule: must be one},',
    /^stack.yaml:7:58 values.mode.pattern.matches: must be a regular expression$/,
  ],
  [
    'default: safe,',
    'default: safe, pattern: {matches: f.*, rule: must begin with f},',
    /^stack.yaml:7:33 values.mode.default: must begin with f, not "safe"$/,
  ],
  [
    'network: pair-net',
    'readiness: {timeout: 60}',
    /^stack.yaml:10:22 readiness.timeout: must be text: put it in quotes$/,
  ],
  [
    'network: pair-net',
    'network: pair-net\nmigrations: s3cr3tX',
    /^stack.yaml:11:13 migrations: must be a map of keys, not text$/,
  ],
  [
    '  image: {',
    '  constructor: {type: integer, default: 1, description: Number}\n  image: {',
    /^stack.yaml:9:3 values.constructor: is a name that is reserved/,
  ],
  [
    '  image: {',
    '  toString: {type: integer, default: 1, description: Number}\n  image: {',
    /^stack.yaml:9:3 values.toString: is a name that is reserved/,
  ],
  ['  watcher:', '  constructor:', /^stack.yaml:19:3 services.constructor: is a name that is reserved/],
  ['network: pair-net', 'readiness: {timeout: soon}', /must be a duration/],
  ['stack: pair', 'stack: Pair', /^stack.yaml:1:8 stack: must start with a lower-case/],
  ['stack: pair\n', '', /^stack.yaml:1:1 stack: is missing; it must be text$/],
])('%s -> %s', async (from, to, expected) => {
  const problems = await changed(from, to);
  expect(problems).toEqual([expect.stringMatching(expected)]);
});

test('a default that a kind refuses is reported where the default stands', async () => {
  expect(
    await changed('mode: {type: string, default: safe, choices: [fast, safe],', 'mode: {type: string, default: sfae,'),
  ).toEqual([
    expect.stringMatching(
      /^stack.yaml:7:33 values.mode.default: must be one of fast, safe, not "sfae" \(it fills services.store.options.mode\); did you mean "safe"\?$/,
    ),
  ]);
});

test('names the path of a cycle', async () => {
  const problems = await changed('    kind: store', '    kind: store\n    dependsOn: [watcher]');
  expect(problems).toEqual([
    'stack.yaml:14:16 services.store.dependsOn: services wait for each other: store -> watcher -> store',
  ]);
});

test('finds ports that overlap, also by the second instance', async () => {
  const problems = await changed('    monitors: store', '    monitors: store\n    ports: {main: 7001}');
  expect(problems).toEqual([
    'stack.yaml:22:19 services.watcher.ports.main: port 7001: service store has ports 7000 to 7001',
  ]);
});

test('a service that is called as an instance of another one', async () => {
  const problems = await changed('  watcher:', '  store-2:');
  expect(problems).toContainEqual(
    expect.stringMatching(/^stack.yaml:\d+:3 services.store-2: is the name of an instance of the service store too/),
  );
});

test('reports everything at once, in the order of the file', async () => {
  const problems = await problemsOf(
    STACK_YAML.replace('description: Two stores and a watcher', 'descripton: x')
      .replace('default: 7000', 'default: hello')
      .replace('kind: watcher', 'kind: watch')
      .replace('instances: 2', 'instances: 0')
      .replace('{{mode}}', '{{moed}}')
      .replace('config/store.conf.tmpl', 'nothing'),
  );
  expect(problems).toHaveLength(7);
  const lines = problems.map((problem) => Number(problem.split(':')[1]));
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
});

test.each(['stack: pair\nservices: [', `${STACK_YAML}  oops: *nobody\n`, `${STACK_YAML}\tx`])(
  'a file that is not YAML has only that mistake: %#',
  async (yaml) => {
    const problems = await problemsOf(yaml);
    expect(problems.filter((problem) => !problem.includes('not valid YAML'))).toEqual([]);
  },
);

test('a key that is given twice hides no other mistake', async () => {
  const problems = await changed('network: pair-net', 'network: pair-net\nnetwork: again\nnetwrk: x');
  expect(problems).toEqual([
    expect.stringMatching(/this key was given before$/),
    expect.stringMatching(/did you mean "network"/),
  ]);
});

test('problems are data too', async () => {
  await using folder = await folderOf({
    ...STACK_FILES,
    'stack.yaml': STACK_YAML.replace('kind: store', 'kind: stor'),
  });
  const error = await errorOf(loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: testPlugins }));
  expect(error.details.problems).toEqual([
    expect.objectContaining({
      file: 'stack.yaml',
      line: 13,
      column: 11,
      field: 'services.store.kind',
      suggestion: 'store',
    }),
  ]);
});

test.each(['', '- a', 'just text', 'a: [', 'services: {a: 1, b: [], c: null}', 'values: {x: null, y: 3}\nservices: 7'])(
  'survives %j',
  async (yaml) => {
    expect((await problemsOf(yaml)).length).toBeGreaterThan(0);
  },
);

test('docs/stack.yaml is valid and shows every key', async () => {
  const file = fileURLToPath(new URL('../../../docs/stack.yaml', import.meta.url));
  const source = parseYaml(await readFile(file, 'utf8'), 'docs/stack.yaml');
  const outline = outlineOf(source.value);
  expect(source.problems).toEqual([]);
  expect(mistakesIn(stackSpec, source.value)).toEqual([]);
  expect(checkSpec(outline, kindNames())).toEqual([]);
  const kinds = new Map<string, Kind>();
  for (const [name, service] of outline.services) {
    const kind = await loadKind(service.kind ?? '');
    kinds.set(kind.name, kind);
    expect(checkService(name, service, kind, defaultValues(outline))).toEqual([]);
  }
  expect(checkRelations(outline, kinds)).toEqual([]);
  const shown = pathsIn(source.value);
  for (const path of keyPaths(stackSpec)) {
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
    expect(
      shown.some((one) => pattern.test(one)),
      `${path} is not in docs/stack.yaml`,
    ).toBe(true);
  }
});

function pathsIn(value: unknown, prefix = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => [`${prefix}${key}`, ...pathsIn(child, `${prefix}${key}.`)]);
}

test('what is not UTF-8 is refused where it stands, in stack.yaml and in a config template', async () => {
  await using folder = await folderOf(STACK_FILES);
  const load = () => errorOf(loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: testPlugins }));
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  await writeFile(`${folder.path}/config/store.conf.tmpl`, latin1('size 1\n# für'));
  const error = await load();
  expect(error).toMatchObject({ code: 'E_STACK_INVALID' });
  expect(error.message).toContain(`${folder.path}/config/store.conf.tmpl:2:4 this is not UTF-8 (byte 0xFC)`);
  await writeFile(`${folder.path}/stack.yaml`, latin1('stack: für\n'));
  expect((await load()).message).toContain('stack.yaml:1:9 this is not UTF-8 (byte 0xFC)');
  await writeFile(`${folder.path}/stack.yaml`, Buffer.from(`\uFEFF${STACK_YAML}`, 'utf16le'));
  expect((await load()).message).toContain('stack.yaml:1:1 this is UTF-16');
});

test('CR ends a line of YAML, and a byte order mark is no part of it', async () => {
  const yaml = `\uFEFF${STACK_YAML.replaceAll('\n', '\r')}`;
  await using folder = await folderOf({ ...STACK_FILES, 'stack.yaml': yaml });
  const loaded = await loadSpec({ folder: folder.path, plugins: testPlugins });
  expect(Object.keys(loaded.spec.services)).toEqual(['store', 'watcher']);
  expect((await problemsOf(yaml.replace('monitors: store', 'monitors: stroe')))[0]).toMatch(/^stack.yaml:21:15 /);
});
