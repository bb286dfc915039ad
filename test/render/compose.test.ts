import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { composeText } from '../../src/render/compose.ts';
import type { ResolvedValue, Stack } from '../../src/stack/contract/model.ts';
import { fakeStack } from '../runtimes/docker/fake-stack.ts';

const HASHES = new Map([
  ['redis-1', 'aaa'],
  ['redis-2', 'bbb'],
]);

function stack(compose: Readonly<Record<string, unknown>> = {}): Stack {
  return fakeStack({ id: 'shop-1a2b', folder: '/work', firstPort: 6379, compose });
}

function render(wanted: Stack): { readonly text: string; readonly file: ComposeFile } {
  const text = composeText(wanted, HASHES).text();
  return { text, file: parse(text, { version: '1.1' }) as ComposeFile };
}

interface ComposeFile {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
  readonly [key: string]: any;
}

test('one service for each instance, with its address, ports, volumes, check and labels', () => {
  const { file } = render(stack());
  expect(file.name).toBe('shop-1a2b');
  expect(Object.keys(file.services)).toEqual(['redis-1', 'redis-2']);
  expect(file.services['redis-2']).toEqual({
    image: 'stackctl-test/redis:8',
    init: true,
    restart: 'unless-stopped',
    stop_grace_period: '10s',
    entrypoint: ['docker-entrypoint.sh'],
    command: ['redis-server', '--save', '', '--appendonly', 'no'],
    environment: { GREETING: 'costs $$5' },
    volumes: [
      { type: 'bind', source: './redis-2', target: '/stackctl', read_only: true, bind: { create_host_path: false } },
      { type: 'volume', source: 'redis-2-data', target: '/data' },
    ],
    healthcheck: { test: ['CMD', 'redis-cli', '-e', 'ping'], interval: '5s', timeout: '3s', retries: 5 },
    ports: ['127.0.0.1:6380:6379'],
    networks: { default: { ipv4_address: '172.29.77.12' } },
    labels: {
      'dev.stackctl.project': 'shop-1a2b',
      'dev.stackctl.service': 'redis',
      'dev.stackctl.instance': 'redis-2',
      'dev.stackctl.config-hash': 'bbb',
      'dev.stackctl.network': 'shop-1a2b-network',
      'dev.stackctl.address': '172.29.77.12',
      'dev.stackctl.state-folder': '/data',
    },
  });
});

test('the network has its own name, and strangers get addresses that no instance has', () => {
  expect(render(stack()).file.networks).toEqual({
    default: {
      name: 'shop-1a2b-network',
      ipam: { config: [{ subnet: '172.29.77.0/24', ip_range: '172.29.77.128/25', gateway: '172.29.77.1' }] },
      labels: { 'dev.stackctl.project': 'shop-1a2b' },
    },
  });
  const [service] = stack().services;
  const [first] = service?.instances ?? [];
  if (service === undefined || first === undefined) throw new Error('no instance');
  const high = { ...first, peer: { host: '172.29.77.200', port: 6379 } };
  const { file } = render({ ...stack(), services: [{ ...service, instances: [high] }] });
  expect(file.networks.default.ipam.config).toMatchObject([{ ip_range: '172.29.77.224/27' }]);
});

test('volumes say whose they are, and nothing that changes between runs', () => {
  expect(render(stack()).file.volumes['redis-1-data']).toEqual({
    labels: {
      'dev.stackctl.project': 'shop-1a2b',
      'dev.stackctl.service': 'redis',
      'dev.stackctl.instance': 'redis-1',
      'dev.stackctl.state-folder': '/data',
    },
  });
});

test('the same stack gives the same bytes, with a header and without what would break elsewhere', () => {
  const { text } = render(stack());
  expect(text).toBe(render(stack()).text);
  expect(text.startsWith('# Rendered by stackctl from the stack fake.')).toBe(true);
  for (const absent of ['%YAML', 'version:', 'container_name', '&a1', 'start_interval'])
    expect(text).not.toContain(absent);
});

test('what YAML 1.1 reads as a boolean or a base-60 number is quoted', () => {
  const { text } = render(stack({ environment: { A: 'yes', B: 'off', C: '22:22', D: '0123' } }));
  for (const line of ['A: "yes"', 'B: "off"', 'C: "22:22"', 'D: "0123"']) expect(text).toContain(line);
});

test('start_interval only where a value asks for it', () => {
  const value: ResolvedValue = {
    name: 'healthStartInterval',
    type: 'string',
    description: '',
    value: '500ms',
    origin: 'built-in',
  };
  const { file } = render({ ...stack(), values: [value] });
  expect(file.services['redis-1'].healthcheck).toMatchObject({ start_period: '30s', start_interval: '500ms' });
  expect(render({ ...stack(), values: [{ ...value, value: '' }] }).text).not.toContain('start_');
});

test('depends_on only as declared, on every instance of that service', () => {
  const one = stack();
  const [redis] = one.services;
  if (redis === undefined) throw new Error('no service');
  const app = {
    ...redis,
    name: 'app',
    declaredInstances: 1,
    dependsOn: ['redis'],
    instances: redis.instances.slice(0, 1).map((instance) => ({ ...instance, name: 'app-1', service: 'app' })),
  };
  const { file } = render({ ...one, services: [redis, app] });
  expect(file.services.app.depends_on).toEqual({
    'redis-1': { condition: 'service_started' },
    'redis-2': { condition: 'service_started' },
  });
  expect(file.services['redis-1'].depends_on).toBeUndefined();
});

test('the passthrough is merged last: maps merged, lists appended, commands and scalars replaced', () => {
  const { file } = render(
    stack({
      init: false,
      command: ['redis-server'],
      environment: ['TZ=UTC', 'FROM_HOST'],
      volumes: ['./extra:/extra:ro'],
      networks: ['other'],
      healthcheck: { test: ['CMD', 'true'], interval: '1s' },
      mem_limit: '$LIMIT',
      labels: { team: 'cache' },
    }),
  );
  const service = file.services['redis-1'];
  expect(service).toMatchObject({
    init: false,
    command: ['redis-server'],
    environment: { GREETING: 'costs $$5', TZ: 'UTC', FROM_HOST: null },
    healthcheck: { test: ['CMD', 'true'], interval: '1s', timeout: '3s' },
    mem_limit: '$LIMIT',
  });
  expect(service.volumes).toHaveLength(3);
  expect(service.networks).toEqual({ default: { ipv4_address: '172.29.77.11' }, other: null });
  expect(service.labels).toMatchObject({ team: 'cache', 'dev.stackctl.instance': 'redis-1' });
});

test('without a network: no addresses', () => {
  const { file } = render({ ...stack(), network: undefined });
  expect(file.networks).toBeUndefined();
  expect(file.services['redis-1'].networks).toBeUndefined();
});

test('a volume that services name under compose: is one for all of them, and the project has it', () => {
  const mounts = ['media:/media:ro', { type: 'volume', source: 'pages', target: '/pages' }, 'redis-1-data:/seen'];
  const folders = [
    './extra:/extra',
    '/data:/data',
    '/cache',
    '~/x:/x',
    'C:\\x:/y',
    { type: 'bind', source: 'x', target: '/z' },
  ];
  const { volumes } = render(stack({ volumes: [...mounts, ...folders] })).file;
  expect(Object.keys(volumes).toSorted()).toEqual(['media', 'pages', 'redis-1-data', 'redis-2-data']);
  expect(volumes.media).toEqual({ labels: { 'dev.stackctl.project': 'shop-1a2b' } });
  expect(volumes['redis-1-data'].labels['dev.stackctl.instance']).toBe('redis-1');
});

test('a volume that the stack names: as it is for the first instance, with the number for the others', () => {
  const named = stack();
  const services = named.services.map((service) => ({ ...service, volumes: { data: 'events' } }));
  expect(Object.keys(render({ ...named, services }).file.volumes)).toEqual(['events', 'events-2']);
});

test('a network of others is joined by its name, and never made or labelled', () => {
  const own = stack();
  const network = { name: 'shop_default', subnet: '172.29.77.0/24', external: true } as const;
  const { file } = render({ ...own, network });
  expect(file.networks).toEqual({ default: { name: 'shop_default', external: true } });
  expect(file.services['redis-2'].networks).toEqual({ default: { ipv4_address: '172.29.77.12' } });
  expect(file.services['redis-2'].labels['dev.stackctl.network']).toBe('shop_default');
});
