import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { kind } from '../../../src/kinds/clickhouse/index.ts';
import { isAtLeast } from '../../../src/kinds/clickhouse/migrator/requirements.ts';
import { type ClickhouseOptions, clickhouseOptions } from '../../../src/kinds/clickhouse/options.ts';
import { probeOf } from '../../../src/kinds/clickhouse/probe.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { InstanceInput } from '../../../src/stack/contract/model.ts';
import type { RuntimeFacts } from '../../../src/stack/contract/runtime-facts.ts';
import { DOCKER, PROCESS } from '../../support/runtime-facts.ts';

const PASSWORD = 's3cret-pass';

function inputOf(runtime: RuntimeFacts, options: object = {}): InstanceInput<ClickhouseOptions> {
  const address = { host: '127.0.0.1', port: 8123 };
  const ports = [
    { name: 'http', inside: 8123, host: 8123 },
    { name: 'native', inside: 9000, host: 9000 },
  ];
  const instance = { name: 'clickhouse-1', service: 'clickhouse', index: 1, ports, peer: address, client: address };
  const parsed = clickhouseOptions.parse({
    database: 'sendflowr',
    user: 'sf',
    password: new Secret(PASSWORD),
    ...options,
  });
  const service = { name: 'clickhouse', kind, instances: [instance], options: parsed };
  const stack = { runtime, project: { name: 'p', id: 'p-0' } };
  return { stack, service, instance } as unknown as InstanceInput<ClickhouseOptions>;
}

test.each([DOCKER, PROCESS])('$name: the password is in private files only, and in no argument', (runtime) => {
  const input = inputOf(runtime);
  const holding = kind.files(input).filter(({ text }) => text.includes(PASSWORD));
  expect(holding.filter(({ mode }) => mode !== 0o600)).toEqual([]);
  expect(holding).toHaveLength(runtime === DOCKER ? 1 : 0); // the process runtime needs its hash alone
  const paths = { config: '/c', data: '/d' };
  const specs = [
    kind.container(input),
    kind.process(input, { ...paths, binaries: { clickhouse: '/usr/bin/clickhouse' } }),
    kind.process(input, { ...paths, binaries: { clickhouse: '/cache/node_modules/chdb' } }),
    kind.cli?.(input),
  ];
  expect(JSON.stringify(specs)).not.toContain(PASSWORD);
});

test.each([
  ['127.0.0.1', false],
  ['0.0.0.0', true],
])('a server that listens on %s makes a container healthy: %s', async (host, healthy) => {
  // While the image fills its data folder, a server of its own answers on 127.0.0.1.
  const url = new URL(kind.container(inputOf(DOCKER)).healthcheck.at(-1) ?? '');
  const server = createServer((_, outgoing) => outgoing.end('Ok.')).listen(0, host);
  await once(server, 'listening');
  url.port = String((server.address() as AddressInfo).port);
  const answers = fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
  expect(await answers).toBe(healthy);
  server.closeAllConnections();
  server.close();
});

test('settings of the stack are those of the default profile, whoever runs the queries', () => {
  const settings = { final: true, max_threads: 2, date_time_input_format: 'best<effort' };
  const lines =
    '<final>1</final> <max_threads>2</max_threads> <date_time_input_format>best&lt;effort</date_time_input_format>'.split(
      ' ',
    );
  for (const runtime of [DOCKER, PROCESS]) {
    const users = kind.files(inputOf(runtime, { settings })).find(({ path }) => path === 'clickhouse-1/users.xml');
    for (const line of lines) expect(users?.text).toContain(line);
  }
  const front = kind.files(inputOf(PROCESS, { settings })).find(({ path }) => path === 'clickhouse-1/shim.json');
  expect(JSON.parse(front?.text ?? '')).toMatchObject({
    port: 8123,
    database: 'sendflowr',
    settings: { final: '1', max_threads: '2' },
  });
});

test('a server is started as a server, and a library through the front', () => {
  const start = (clickhouse: string) =>
    kind.process(inputOf(PROCESS), { config: '/c', data: '/d', binaries: { clickhouse } }).argv;
  expect(start('/usr/bin/clickhouse').slice(0, 2)).toEqual(['/usr/bin/clickhouse', 'server']);
  expect(start('/cache/node_modules/chdb').slice(1)).toEqual([
    expect.stringMatching(/clickhouse-front\.js$/),
    'server',
    '/cache/node_modules/chdb',
    '/c/shim.json',
  ]);
});

test.each([
  ['database', 'a b'],
  ['user', '<x>'],
  ['password', new Secret('a<b')],
  ['settings', { 'a b': 1 }],
  ['memoryRatio', 2],
  ['database', 'system'],
  ['database', 'INFORMATION_SCHEMA'],
])('%s %s is refused', (option, value) => {
  expect(clickhouseOptions.safeParse({ [option]: value }).success).toBe(false);
});

test('one server is all there can be', () => {
  const { options } = inputOf(DOCKER).service;
  expect(kind.refuse?.(options, 2, ['http'])).toHaveLength(1);
  expect(kind.refuseScale?.(inputOf(DOCKER), 1)).toEqual([]);
  expect(kind.refuseScale?.(inputOf(DOCKER), 2)).toHaveLength(1);
});

test('an acknowledgement before the data is stored is advised against', () => {
  const advice = (settings: object) => kind.advise?.(inputOf(DOCKER, { settings }));
  expect(advice({ async_insert: 1 })).toEqual([]);
  expect(advice({ async_insert: 1, wait_for_async_insert: 0 })).toHaveLength(1);
});

const ROW = {
  version: '25.8.1',
  uptimeS: 5,
  databases: 1,
  tables: 1,
  rows: 3,
  usedBytes: 100,
  freeBytes: 50 * 1024 ** 3,
  freeShare: 0.5,
  fullest: 'email_events (202601)',
  mostParts: 3,
  partsToDelay: 1000,
  partsToThrow: 3000,
};

test('what a row of facts means', () => {
  const verdict = (change: object) => probeOf({ ...ROW, ...change }, 'server', 'sendflowr');
  expect(verdict({})).toMatchObject({ role: 'server', reasons: [] });
  expect(verdict({}).degraded).toBeUndefined();
  expect(verdict({ databases: 0 }).reasons).toEqual(['database sendflowr does not exist']);
  expect(verdict({ freeBytes: 1024 ** 2 }).reasons).toEqual([
    'only 1 MiB of its disk are free: inserts and merges fail',
  ]);
  expect(verdict({ freeShare: 0.01 }).degraded).toHaveLength(1);
  expect(verdict({ mostParts: 1000 })).toMatchObject({
    reasons: [],
    degraded: [expect.stringContaining('1000 parts')],
  });
  expect(verdict({ mostParts: 3000 })).toMatchObject({
    reasons: ['inserts are refused: email_events (202601) has 3000 parts, the limit is 3000'],
  });
});

test('versions compare by number', () => {
  expect(isAtLeast('25.10.1', '25.8')).toBe(true);
  expect(isAtLeast('25.8', '25.8.1')).toBe(false);
  expect(isAtLeast('24.12', '25')).toBe(false);
});

test('status says what answers for ClickHouse, and nothing where there is no answer', () => {
  const said = (facts: object) =>
    kind.summarize?.(
      inputOf(PROCESS),
      new Map([['clickhouse-1', { role: 'server', reasons: [], facts: { ...facts } }]]),
    );
  expect(said({ engine: 'chdb', version: '26.7.2.1' })).toEqual({
    answeredBy: 'chdb (ClickHouse 26.7.2.1), in-process engine, not a server',
  });
  expect(said({ engine: 'server', version: '25.8.3.1' })).toEqual({ answeredBy: 'clickhouse-server 25.8.3.1' });
  expect(said({})).toEqual({});
});
