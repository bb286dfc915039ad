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

async function load(yaml: string) {
  await using folder = await folderOf({ 'stack.yaml': yaml });
  const loaded = await loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: builtInPlugins });
  const identity = { name: 'own', id: 'own-000000', folder: folder.path };
  const resolveOn = (runtime: string) => {
    const input = { loaded, values: [], profile: 'dev', identity, runtime: factsOf(runtime) } as const;
    return requireRunnable(resolveStack(input), loaded);
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

test('what a runtime cannot start is named with its place, and who can', async () => {
  const { resolveOn } = await load(YAML.replace('"{{port}}"', '5672'));
  const local = await errorOf(Promise.resolve().then(() => resolveOn('process')));
  expect(local.message).toMatch(/stack\.yaml:7:3 services\.queue: has no `command`.*--runtime docker/);
  const contained = await errorOf(Promise.resolve().then(() => resolveOn('docker')));
  expect(contained.message).toMatch(
    /stack\.yaml:13:3 services\.worker: has neither `image` nor `build`.*--runtime process/,
  );
});
