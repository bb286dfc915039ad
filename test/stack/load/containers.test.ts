import { expect, test } from 'vitest';
import { builtInPlugins, factsOf } from '../../../src/stack/contract/plugins.ts';
import { loadSpec } from '../../../src/stack/load/load-spec.ts';
import { resolveStack } from '../../../src/stack/load/resolve.ts';
import { requireRunnable } from '../../../src/stack/load/runnable.ts';
import { errorOf, folderOf } from '../../support/stack-fixtures.ts';

const YAML = `stack: own
description: One service that takes any image
values:
  port: {type: port, default: 5672, description: Port}
  word: {type: string, default: x, description: Word}
services:
  queue:
    kind: container
    image: "rabbitmq:4"
    ports: {amqp: "{{port}}", ui: {inside: 15672}}
    options: {readiness: {tcp: {port: amqp}}}
    volumes: {data: /data}
  worker:
    kind: container
    command: [node, worker.mjs]
    environment: {QUEUE: "{{queue.address}}"}
`;

/** Read beside stack.yaml. */
const FILES = { 'bad.env': 'A=1\nB=hush#hush\nC\n' };

async function load(yaml: string) {
  await using folder = await folderOf({ ...FILES, 'stack.yaml': yaml });
  const loaded = await loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: builtInPlugins });
  const identity = { name: 'own', id: 'own-000000', folder: folder.path };
  const resolveOn = (runtime: string, services: readonly string[] = []) => {
    const input = { loaded, values: [], profile: 'dev', identity, runtime: factsOf(runtime) } as const;
    return requireRunnable(resolveStack(input), loaded, services);
  };
  return { loaded, resolveOn };
}

async function problems(...changes: readonly [from: string, to: string][]): Promise<readonly string[]> {
  const yaml = changes.reduce((text, [from, to]) => text.replace(from, to), YAML);
  const error = await errorOf(load(yaml));
  expect(error.code).toBe('E_STACK_INVALID');
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

test('ports of any name, and a service that is an image or a command', async () => {
  const { loaded } = await load(YAML);
  expect(loaded.spec.services.queue?.ports).toEqual({ amqp: '{{port}}', ui: { inside: 15672 } });
});

test.each([
  ['ports: {amqp:', 'ports: {Amqp:', /^stack\.yaml:10:13 services\.queue\.ports\.Amqp: must be lower-case letters/],
  [
    '{inside: 15672}',
    '{outside: 15672}',
    /^stack\.yaml:10:35 .*must be a port number.*or a map with inside and outside/,
  ],
  [
    '"{{port}}"',
    '"{{word}}"',
    /^stack\.yaml:10:19 services\.queue\.ports\.amqp: must be filled with a value of type port/,
  ],
  ['"{{port}}"', '70000', /^stack\.yaml:10:19 services\.queue\.ports\.amqp: must be at most 65535/],
  ['{inside: 15672}', '{inside: 80, outside: 5672}', /^stack\.yaml:10:35 .*port 5672: service queue has port 5672/],
  [
    '    image: "rabbitmq:4"\n',
    '',
    /^stack\.yaml:7:3 services\.queue\.image: is missing; it must be the name of its image/,
  ],
  ['queue.address', 'queue.port.amqps', /^stack\.yaml:16:26 .*unknown field "port\.amqps".*did you mean/],
  ['{{queue.address}}', '{{worker.port}}', /^stack\.yaml:16:26 .*unknown field "port" \(known: host\)/],
  ['kind: container\n    image', 'kind: redis\n    image', /^stack\.yaml:10:13 .*kind redis has no such port/],
  [
    '[node, worker.mjs]',
    '[node, worker.mjs]\n    through: queue',
    /^stack\.yaml:13:3 services\.worker\.ports: is missing/,
  ],
  [
    '{data: /data}',
    '{data: name}',
    /^stack\.yaml:12:21 services\.queue\.volumes\.data: must be the path of a folder in the container/,
  ],
  [
    '{data: /data}',
    '{data: data/x}',
    /^stack\.yaml:12:21 services\.queue\.volumes\.data: must be the name of a Docker volume, the path/,
  ],
  ['{data: /data}', '{Data: /data}', /^stack\.yaml:12:15 services\.queue\.volumes\.Data: must be lower-case letters/],
  ['{data: /data}', '{data: /stackctl/x}', /^stack\.yaml:12:21 .*the rendered files are at \/stackctl/],
  ['{data: /data}', '{a: /data, b: {path: /data}}', /^stack\.yaml:12:28 .*there is a volume at \/data already/],
  [
    '{data: /data}',
    '{data: /data}\n    through: worker',
    /^stack\.yaml:12:5 services\.queue\.volumes: cannot be given with `through`/,
  ],
  [
    '[node, worker.mjs]',
    '{proces: [node]}',
    /^stack\.yaml:15:15 services\.worker\.command\.proces: there is no runtime of this name \(known: docker, process\).*did you mean/,
  ],
  ['[node, worker.mjs]', '{process: node}', /^stack\.yaml:15:14 .*must be a list \(the program and its arguments\)/],
  [
    '[node, worker.mjs]',
    '[node]\n    envFile: no.env',
    /^stack\.yaml:16:14 services\.worker\.envFile: there is no file no\.env/,
  ],
  [
    '[node, worker.mjs]',
    '[node]\n    envFile: [bad.env, no.env]',
    /stack\.yaml:16:24 services\.worker\.envFile\[?\.?1.*: there is no file no\.env/,
  ],
  [
    '[node, worker.mjs]',
    '[node]\n    envFile: bad.env',
    /^\S*bad\.env:2:7 readers.*\n\S*bad\.env:3:1 must be NAME=value$/,
  ],
  [
    '[node, worker.mjs]',
    '[node]\n    envFile: .',
    /^stack\.yaml:16:14 services\.worker\.envFile: \. is a folder, not a file$/,
  ],
  [
    '[node, worker.mjs]',
    '[node]\n    envFile: [bad.env, ./]',
    /stack\.yaml:16:24 services\.worker\.envFile\.1: \.\/ is a folder, not a file/,
  ],
  [
    '[node, worker.mjs]',
    "[node]\n    envFile: ''",
    /^stack\.yaml:16:14 services\.worker\.envFile: must have at least 1 character$/,
  ],
  [
    '[node, worker.mjs]',
    "[node]\n    envFile: ['', no.env]",
    /^stack\.yaml:16:15 services\.worker\.envFile\.0: must have at least 1 character\nstack\.yaml:16:19 .*no file no\.env/,
  ],
  [
    '[node, worker.mjs]',
    `[node]\n    envFile: ${'a'.repeat(300)}`,
    /^stack\.yaml:16:14 services\.worker\.envFile: cannot read \S+a: ENAMETOOLONG/,
  ],
  [
    '[node, worker.mjs]',
    '[node]\n    envFile: /etc/hostname',
    /^stack\.yaml:16:14 services\.worker\.envFile: must be a path from the folder of stack\.yaml, and \/etc\/hostname is an absolute one$/,
  ],
  [
    '{data: /data}',
    '{data: /data/../etc}',
    /^stack\.yaml:12:21 services\.queue\.volumes\.data: must be a path without/,
  ],
  ['{data: /data}', '{data: {path: /..}}', /^stack\.yaml:12:21 services\.queue\.volumes\.data: must be a path without/],
  ['{data: /data}', '{data: /./data}', /^stack\.yaml:12:21 .*must be a path without `\.`, `\.\.` and doubled slashes/],
  ['{data: /data}', '{data: /data/.}', /^stack\.yaml:12:21 .*must be a path without/],
  ['{data: /data}', '{data: /data//x}', /^stack\.yaml:12:21 .*must be a path without/],
  [
    '[node, worker.mjs]',
    '[node, "--word={{word}}"]',
    /^stack\.yaml:15:21 services\.worker\.command\.1: a command is not filled in: give \{\{word\}\} to a variable of `environment`/,
  ],
  [
    '[node, worker.mjs]',
    '{process: [node, "{{ queue.address }}"]}',
    /^stack\.yaml:15:31 services\.worker\.command\.process\.1: a command is not filled in: give \{\{queue\.address\}\}/,
  ],
  [
    '[node, worker.mjs]',
    '[node, "--word={{wrod}}"]',
    /^stack\.yaml:15:21 services\.worker\.command\.1: unknown \{\{wrod\}\}; did you mean \{\{word\}\}\? a command is not filled in: give \{\{word\}\} to/,
  ],
  [
    '[node, worker.mjs]',
    '[node, "{{ quue.address }}"]',
    /^stack\.yaml:15:21 .*unknown \{\{quue\.address\}\}; did you mean \{\{queue\.address\}\}\?/,
  ],
  [
    'command: [node, worker.mjs]',
    'build: .\n    command: [node]\n    compose: {build: ./other}',
    /^stack\.yaml:17:22 services\.worker\.compose\.build: is another folder than `build`, from which stackctl builds: give it there$/,
  ],
  [
    'command: [node, worker.mjs]',
    'build: .\n    command: [node]\n    compose: {build: {context: ./other}}',
    /^stack\.yaml:17:32 services\.worker\.compose\.build\.context: is another folder than `build`/,
  ],
  ['[node, worker.mjs]', '{}', /^stack\.yaml:15:14 .*must have at least one entry/],
])('%s as %s is refused', async (from, to, expected) => {
  expect((await problems([from, to])).join('\n')).toMatch(expected);
});

test('a kind that knows its ports takes one number for each', async () => {
  const yaml = `stack: own
description: A server
services:
  store: {kind: redis, ports: {redis: {inside: 6379, outside: 7000}}}
`;
  expect((await errorOf(load(yaml))).message).toMatch(
    /stack\.yaml:4:\d+ .*kind redis decides itself where it listens inside/,
  );
});

test('a command for each runtime; the image runs its own where it has none', async () => {
  const yaml = YAML.replace('"{{port}}"', '5672').replace(
    '    command: [node, worker.mjs]',
    '    image: "worker:1"\n    command: {process: [./venv/bin/python, main.py]}',
  );
  const { resolveOn, loaded } = await load(yaml.replace('    ports: {amqp', '    command: [queue]\n    ports: {amqp'));
  const commandOn = (runtime: string) => resolveOn(runtime).services[1]?.command;
  expect(commandOn('docker')).toEqual([]);
  expect(commandOn('process')).toEqual([`${loaded.folder}/venv/bin/python`, 'main.py']);
});

test('what names neither a value nor a service is for the program', async () => {
  const words = ['docker', 'ps', '--format={{.Names}} {{json .}} {{other}} {{other.host}}'];
  const { loaded } = await load(YAML.replace('[node, worker.mjs]', JSON.stringify(words)));
  expect(loaded.spec.services.worker?.command).toEqual(words);
});

test('an app has a command for the runtime that it runs on', async () => {
  const yaml = `stack: own
description: A program
services:
  api: {kind: app, image: "node:22", command: {process: [node, a.mjs]}}
`;
  const { resolveOn } = await load(yaml);
  expect(resolveOn('process').services[0]?.command).toEqual(['node', 'a.mjs']);
  const refused = await errorOf(Promise.resolve().then(() => resolveOn('docker')));
  expect(refused.message).toMatch(/stack\.yaml:4:3 services\.api: has no `command` for the runtime docker/);
});

test('a kind that has volumes of its own takes names for them', async () => {
  const yaml = `stack: own
description: A server
services:
  store: {kind: redis, volumes: {data: /data}}
`;
  expect((await errorOf(load(yaml))).message).toMatch(
    /stack\.yaml:4:\d+ .*must be a name: kind redis decides itself where/,
  );
});

test('a port that is asked but not there is refused where the option stands', async () => {
  const { resolveOn } = await load(YAML.replace('"{{port}}"', '5672').replace('{port: amqp}', '{port: amqps}'));
  const error = await errorOf(Promise.resolve().then(() => resolveOn('docker')));
  expect(error.message).toMatch(/stack\.yaml:11:\d+ .*asks the port amqps, which the service does not have/);
});

test('as local processes only the services asked for, and what they need, have to be able to run', async () => {
  const yaml = `stack: own
description: An image and programs
services:
  page: {kind: container, image: "nginx:1", ports: {http: 80}}
  orders: {kind: container, command: [node, orders.mjs]}
  worker: {kind: container, command: [node, worker.mjs], dependsOn: [orders]}
  front: {kind: container, command: [node, front.mjs], dependsOn: [page]}
`;
  const { resolveOn } = await load(yaml);
  const refused = (runtime: string, ...services: readonly string[]) =>
    errorOf(Promise.resolve().then(() => resolveOn(runtime, services)));
  const all = ['page', 'orders', 'worker', 'front'];
  expect(resolveOn('process', ['worker']).services.map(({ name }) => name)).toEqual(all);
  expect((await refused('process', 'worker', 'front')).message).toMatch(
    /1 problem:\n +stack\.yaml:4:3 services\.page: .*give it `command: \{ process: \[…\] \}`/,
  );
  expect((await refused('process')).message).toMatch(/services\.page: has no `command`/);
  expect((await refused('docker', 'page')).message).toMatch(/3 problems:\n.*services\.orders: /);
});

test('what a runtime cannot start is named with its place, and who can', async () => {
  const { resolveOn } = await load(YAML.replace('"{{port}}"', '5672'));
  const local = await errorOf(Promise.resolve().then(() => resolveOn('process')));
  expect(local.message).toMatch(
    /stack\.yaml:7:3 services\.queue: has no `command` for the runtime process, .*--runtime docker/,
  );
  const contained = await errorOf(Promise.resolve().then(() => resolveOn('docker')));
  expect(contained.message).toMatch(
    /stack\.yaml:13:3 services\.worker: has neither `image` nor `build`.*--runtime process/,
  );
});

test.each([
  '[node, "{{.Names}}", "{{range .Ports}}", "{{end}}", "{{json .}}", "{{x}}", "{{unlike}}", "{{ . }}"]',
  '[node, "{{wrd.Name.Other}}"]',
])('what is for the program stays: %s', async (command) => {
  const { loaded } = await load(YAML.replace('[node, worker.mjs]', command));
  expect(loaded.spec.services.worker?.command).toHaveLength(command.split(',').length);
});

test('what else Compose is told of a build is merged', async () => {
  const yaml = YAML.replace(
    'command: [node, worker.mjs]',
    'build: .\n    command: [node]\n    compose: {build: {cache_from: [x]}}',
  );
  await expect(load(yaml)).resolves.toBeDefined();
});
