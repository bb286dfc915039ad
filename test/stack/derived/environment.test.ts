import { expect, test } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { serviceOf } from '../../../src/stack/contract/model.ts';
import type { RuntimeName } from '../../../src/stack/contract/runtime-facts.ts';
import { envFileText } from '../../../src/stack/derived/env-file.ts';
import { environmentOf, sharedAddress, type View } from '../../../src/stack/derived/environment.ts';
import { loadSpec } from '../../../src/stack/load/load-spec.ts';
import { programStack } from '../../support/program-stack.ts';
import {
  errorOf,
  folderOf,
  PROGRAM_STACK_FILES,
  PROGRAM_STACK_YAML,
  testPlugins,
} from '../../support/stack-fixtures.ts';

async function variables(runtime: RuntimeName, view: View, index: number | undefined): Promise<string> {
  const stack = await programStack(runtime);
  const api = serviceOf(stack, 'api');
  const instance = index === undefined ? undefined : api.instances[index];
  return envFileText(environmentOf(stack, api, instance, view));
}

test('docker: an instance finds its neighbours by their names, and the front stands for what is behind it', async () => {
  expect(await variables('docker', 'peer', 1)).toBe(
    `HOST=0.0.0.0
PORT=3100
STORE_URL=store://x:s3cret@store:7000
STORE_PORT=7000
FRONT=front:3000
PEERS=api:3100
`,
  );
});

test('process: an instance finds its neighbours on loopback and listens on a port of its own', async () => {
  expect(await variables('process', 'peer', 1)).toBe(
    `HOST=127.0.0.1
PORT=3101
STORE_URL=store://x:s3cret@127.0.0.1:7000
STORE_PORT=7000
FRONT=127.0.0.1:3000
PEERS='127.0.0.1:3100,127.0.0.1:3101'
`,
  );
});

test.each(['docker', 'process'] as const)('%s: by hand, it takes the place of the service', async (runtime) => {
  expect(await variables(runtime, 'client', undefined)).toContain('HOST=127.0.0.1\nPORT=3000\nSTORE_URL=');
  expect(await variables(runtime, 'client', undefined)).toContain('@127.0.0.1:7000\n');
});

test('a variable with a secret in it is a secret', async () => {
  const stack = await programStack('docker');
  const found = environmentOf(stack, serviceOf(stack, 'api'), undefined, 'client');
  expect(found.get('STORE_URL')).toBeInstanceOf(Secret);
  expect(JSON.stringify([...found])).not.toContain('s3cret');
});

test('everybody else reaches a service through the one in front of it', async () => {
  const stack = await programStack('docker');
  expect(sharedAddress(stack, serviceOf(stack, 'api'))).toEqual({
    peer: { host: 'front', port: 3000 },
    client: { host: '127.0.0.1', port: 3000 },
  });
});

test('what a program is made of, and its migrations, come with the stack', async () => {
  const stack = await programStack('docker');
  const { image, build, command } = serviceOf(stack, 'api');
  expect({ image, build, command }).toEqual({
    image: 'stackctl/shop-1a2b-api',
    build: {
      folder: '/stack/services/api',
      args: { NODE_IMAGE: 'node:22' },
      content: expect.stringMatching(/^\w{16}$/),
    },
    command: ['node', 'dist/main.mjs'],
  });
  expect(
    stack.migrations.map(({ service, files }) => [service, files.map(({ name, read }) => [name, read().text])]),
  ).toEqual([
    [
      'store',
      [
        ['0001_a.sql', 'select 1;\n'],
        ['0002_b.sql', 'select 2;\n'],
      ],
    ],
  ]);
});

test('another byte in the build folder is another content; node_modules is none of it', async () => {
  const contentOf = async (change: Readonly<Record<string, string>>) =>
    serviceOf(await programStack('docker', { ...PROGRAM_STACK_FILES, ...change }), 'api').build?.content;
  const before = await contentOf({});
  expect(await contentOf({ 'services/api/node_modules/x/index.js': '' })).toBe(before);
  expect(await contentOf({ 'services/api/dist/main.mjs': '// 2\n' })).not.toBe(before);
});

test.each([
  [
    '{{store.address}}',
    '{{stor.address}}',
    'stack.yaml:15:18 services.api.environment.STORE_URL: unknown service "stor" (known: store, api, front); did you mean "store"?',
  ],
  [
    '{{store.address}}',
    '{{store.adress}}',
    'stack.yaml:15:18 services.api.environment.STORE_URL: unknown field "adress" (known: host, port, address, addresses, port.main); did you mean "address"?',
  ],
  ['{{ store.port.main }}', '{{store.port.admin}}', 'unknown field "port.admin"'],
  ['through: front', 'through: frond', 'unknown service "frond" (known: store, api, front); did you mean "front"?'],
  [
    '{kind: store, ports: {main: 7000}}',
    '{kind: store, command: [x]}',
    'services.store.command: a service of kind store runs no program of the stack',
  ],
  [
    'through: front',
    'through: front\n    compose: {container_name: api}',
    'services.api.compose.container_name: cannot',
  ],
  ['image: "{{base}}", command: [node, front.mjs]', 'ports: {}', 'services.front.command: is missing'],
  ['value: "{{ store.port.main }}", ', '', 'services.api.environment.STORE_PORT'],
])('%s -> %s is a mistake', async (from, to, message) => {
  await using folder = await folderOf({ ...PROGRAM_STACK_FILES, 'stack.yaml': PROGRAM_STACK_YAML.replace(from, to) });
  const error = await errorOf(loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: testPlugins }));
  expect(error.message).toContain(message);
});

test('a value may bring an address with it; one that is no service is refused where it was given', async () => {
  const yaml = PROGRAM_STACK_YAML.replace(
    'values:',
    'values:\n  peer: {type: string, default: "{{store.host}}", description: P}',
  ).replace('FRONT: "{{api.host}}:{{api.port}}"', 'FRONT: "x://{{peer}}"');
  const files = { ...PROGRAM_STACK_FILES, 'stack.yaml': yaml };
  const stack = await programStack('docker', files);
  expect(environmentOf(stack, serviceOf(stack, 'api'), undefined, 'peer').get('FRONT')).toBe('x://store');
  const wrong = { ...files, 'stack.yaml': yaml.replace('{{store.host}}', '{{nope.host}}') };
  await expect(programStack('docker', wrong)).rejects.toThrow('unknown service "nope"');
});

test('a password that looks like an address stays what it is', async () => {
  const yaml = PROGRAM_STACK_YAML.replace('default: "s3cret"', 'default: "{{nope.host}}"');
  const stack = await programStack('docker', { ...PROGRAM_STACK_FILES, 'stack.yaml': yaml });
  const url = environmentOf(stack, serviceOf(stack, 'api'), undefined, 'peer').get('STORE_URL');
  expect(url instanceof Secret && url.reveal()).toBe('store://x:{{nope.host}}@store:7000');
});

test('the ports that replicas may get are theirs alone', async () => {
  const yaml = PROGRAM_STACK_YAML.replace('ports: {http: 3000}', 'ports: {http: 3113}');
  const files = { ...PROGRAM_STACK_FILES, 'stack.yaml': yaml };
  expect((await programStack('process', files)).runtime.name).toBe('process');
  const error = await errorOf(programStack('docker', files));
  const clash = 'services.front.ports.http: port 3113: service api has ports 3100 to 3113';
  expect(error.message).toContain(clash);
});

test('on a network of others, neighbours are found by their addresses: a name may be theirs too', async () => {
  const own = await programStack('docker');
  const stack = { ...own, network: { name: 'shop_default', subnet: '172.18.3.0/24', external: true } as const };
  const found = environmentOf(stack, serviceOf(stack, 'api'), undefined, 'peer');
  const store = serviceOf(stack, 'store').instances[0]?.peer.host;
  expect(store).toMatch(/^172\./);
  expect(found.get('HOST')).toBe('0.0.0.0');
  expect((found.get('STORE_URL') as Secret).reveal()).toBe(`store://x:s3cret@${store}:7000`);
});
