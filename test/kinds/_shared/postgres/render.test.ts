import { expect, test } from 'vitest';
import { serverSettings, settingArguments } from '../../../../src/kinds/_shared/postgres/settings.ts';
import { kind } from '../../../../src/kinds/postgres/index.ts';
import { type PostgresOptions, postgresOptions } from '../../../../src/kinds/postgres/options.ts';
import { kind as timescaledb } from '../../../../src/kinds/timescaledb/index.ts';
import { timescaleOptions } from '../../../../src/kinds/timescaledb/options.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { Kind } from '../../../../src/stack/contract/kind.ts';
import type { InstanceInput, Service } from '../../../../src/stack/contract/model.ts';
import type { RuntimeFacts } from '../../../../src/stack/contract/runtime-facts.ts';
import { fixtureStack } from '../../../support/fixture-kind.ts';
import { DOCKER, PROCESS } from '../../../support/runtime-facts.ts';

function inputOf<Options>(
  kind: Kind<Options>,
  options: unknown,
  runtime: RuntimeFacts = PROCESS,
): InstanceInput<Options> {
  const stack = fixtureStack({
    runtime,
    folder: '/f',
    name: 'p',
    id: 'p-1',
    image: '',
    network: undefined,
    marker: '',
    count: 1,
  });
  const address = { host: '127.0.0.1', port: 5433 };
  const instance = { name: 'db-1', service: 'db', index: 1, ports: [], peer: address, client: address };
  const service = {
    ...stack.services[0],
    name: 'db',
    kind,
    options: kind.options.parse(options),
    instances: [instance],
  };
  return { stack, service: service as unknown as Service<Options>, instance };
}

const PATHS = { binaries: { postgres: '/pg/bin/postgres' }, config: '/c', data: '/d' };
const SECRET = { database: 'shop', user: 'shop_user', password: new Secret('s3cret') };

test('sizes reach the server as kB, switches as on and off, and what the user sets wins by coming last', () => {
  const options = postgresOptions.parse({
    sharedBuffers: '256mb',
    workMem: '1gb',
    settings: { fsync: false, work_mem: '8MB' },
  });
  const settings = serverSettings(options);
  expect(settings).toContainEqual(['shared_buffers', '262144kB']);
  expect(settings).toContainEqual(['work_mem', '1048576kB']);
  expect(settingArguments(settings).slice(-4)).toEqual(['-c', 'fsync=off', '-c', 'work_mem=8MB']);
});

test.each([
  [{ database: 'a"b' }, 'database'],
  [{ database: 'a'.repeat(64) }, 'database'],
  [{ user: 'pg_admin' }, 'user'],
  [{ password: new Secret('') }, 'password'],
  [{ password: new Secret('a\nb') }, 'password'],
  [{ sharedBuffers: '1' }, 'sharedBuffers'],
  [{ settings: { port: 1 } }, 'settings'],
  [{ settings: { 'a=b': 1 } }, 'settings'],
  [{ settings: { a: 'b\nc' } }, 'settings'],
  [{ unknown: 1 }, ''],
])('%j is refused', (options, field) => {
  const { error } = postgresOptions.safeParse(options);
  expect(error?.issues[0]?.path[0] ?? '').toBe(field);
});

test('the password is in one private file and nowhere else', () => {
  for (const runtime of [DOCKER, PROCESS]) {
    const input = inputOf(kind, SECRET, runtime);
    const files = kind.files(input);
    expect(files.filter(({ text }) => text.includes('s3cret'))).toEqual([
      { path: 'db-1/password', text: 's3cret\n', mode: 0o600 },
    ]);
    const rest = [kind.container(input), kind.process(input, PATHS), kind.connection?.(input), kind.variables(input)];
    expect(JSON.stringify(rest)).not.toContain('s3cret');
    expect(kind.cli?.(input).argv.join(' ')).not.toContain('s3cret');
  }
});

test('a container gets what the official entrypoint reads, and a check that its first, silent server cannot pass', () => {
  const { environment, command, healthcheck, stopSignal, entrypoint } = kind.container(inputOf(kind, SECRET, DOCKER));
  expect(entrypoint).toEqual([]);
  expect(command.slice(0, 2)).toEqual(['postgres', '-c']);
  expect(environment).toMatchObject({
    POSTGRES_USER: 'shop_user',
    POSTGRES_DB: 'shop',
    POSTGRES_PASSWORD_FILE: '/stackctl/password',
    PGDATA: '/var/lib/postgresql/data',
  });
  expect(healthcheck).toEqual(['pg_isready', '-h', '127.0.0.1', '-U', 'shop_user', '-d', 'shop']);
  expect(stopSignal).toBe('SIGINT');
});

test('a local server listens on its own address only, and on no socket', () => {
  const input = inputOf<PostgresOptions>(kind, SECRET);
  const { argv, environment, stopSignal } = kind.process(input, PATHS);
  expect(argv).toEqual(['sh', '/c/start.sh', '/pg/bin/postgres']);
  expect(environment).toMatchObject({ STACKCTL_USER: 'shop_user', STACKCTL_DATABASE: 'shop' });
  expect(stopSignal).toBe('SIGINT');
  const settings = kind.files(input).find(({ path }) => path === 'db-1/settings');
  expect(settings?.text).toMatch(/^listen_addresses=127\.0\.0\.1\nport=5433\nunix_socket_directories=\n$/m);
});

test.each([DOCKER, PROCESS])('a changed setting is a reason to restart ($name)', (runtime) => {
  const texts = (sharedBuffers: string) =>
    kind.files(inputOf(kind, { ...SECRET, sharedBuffers }, runtime)).map(({ text }) => text);
  expect(texts('64mb')).not.toEqual(texts('65mb'));
});

test('timescale: auto is required in Docker and preferred as a local process', () => {
  const required = (timescale: string, runtime: RuntimeFacts): boolean =>
    'STACKCTL_EXTENSION_REQUIRED' in
    timescaledb.process(inputOf(timescaledb, { ...SECRET, timescale }, runtime), PATHS).environment;
  expect(timescaleOptions.parse({}).timescale).toBe('auto');
  expect([required('auto', PROCESS), required('required', PROCESS), required('preferred', DOCKER)]).toEqual([
    false,
    true,
    false,
  ]);
  expect(required('auto', DOCKER)).toBe(true);
});

test('libraries that the user loads do not take the place of TimescaleDB', () => {
  const options = { ...SECRET, settings: { shared_preload_libraries: 'pg_stat_statements' } };
  const container = timescaledb.container(inputOf(timescaledb, options, DOCKER));
  expect(container.command).toContain('shared_preload_libraries=timescaledb,pg_stat_statements');
  const local = timescaledb.process(inputOf(timescaledb, options), PATHS);
  expect(local.environment).toMatchObject({
    STACKCTL_EXTENSION: 'timescaledb',
    STACKCTL_PRELOAD: 'pg_stat_statements',
  });
  expect(JSON.stringify(timescaledb.files(inputOf(timescaledb, options)))).not.toContain('shared_preload_libraries=pg');
});

test.each([
  ['database', 'App', true],
  ['database', 'my-db', true],
  ['database', 'select', true],
  ['database', 'x'.repeat(63), true],
  ['database', 'x'.repeat(64), false],
  ['database', 'a"b', false],
  ['database', 'größe', false],
  ['database', 'template0', false],
  ['user', 'Admin', true],
  ['user', 'pg_admin', false],
  ['user', 'public', false],
  ['user', 'none', false],
] as const)('%s %s can be made: %s', (option, value, can) => {
  expect(postgresOptions.safeParse({ [option]: value }).success).toBe(can);
});

test('connection strings carry no password, variables carry it as a secret', () => {
  const input = inputOf(kind, SECRET);
  expect(kind.connection?.(input).urls).toEqual({ 'db-1': 'postgresql://shop_user@127.0.0.1:5433/shop' });
  const env = kind.clientEnv?.(input) ?? {};
  expect(env).toMatchObject({ PGHOST: '127.0.0.1', PGPORT: '5433', PGDATABASE: 'shop', POSTGRES_DB: 'shop' });
  expect([env.PGPASSWORD, env.POSTGRES_PASSWORD].every((value) => value instanceof Secret)).toBe(true);
});
