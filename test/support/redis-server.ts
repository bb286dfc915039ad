import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisOptions, redisOptions } from '../../src/kinds/_shared/redis/options.ts';
import { kind } from '../../src/kinds/redis/index.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Service, ServiceInput, Stack } from '../../src/stack/contract/model.ts';
import { BARE_SERVICE } from './bare-service.ts';
import { freePorts } from './free-ports.ts';
import { ask, type Endpoint } from './redis-side.ts';
import { PROCESS } from './runtime-facts.ts';
import { PATIENCE_MS, waitFor } from './wait-for.ts';

/** One Redis server, and the service of a stack that it would be. */
export interface RedisServer extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly input: ServiceInput<RedisOptions>;
  /** It answers nothing until `thaw`. */
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** Again, after `kill`, in the same folder and at the same port. */
  start(): Promise<void>;
}

const PASSWORD = 'redis-pass';

/** @example await using server = await startRedisServer(); */
export async function startRedisServer(...settings: readonly string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-server-'));
  const port = await freePorts(1);
  const own = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--requirepass',
    PASSWORD,
    '--save',
    '',
    '--logfile',
    'log',
  ];
  const endpoint = { port, password: PASSWORD };
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn('redis-server', [...own, ...settings], { cwd: folder, stdio: 'ignore' });
    await once(child, 'spawn');
    await waitFor(
      'an answer of redis-server',
      async () => (await ask(endpoint, 'PING').catch(() => undefined)) === 'PONG',
    );
  };
  await start();
  const kill = async (): Promise<void> => child && end(child);
  return {
    endpoint,
    input: inputOf(port),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function inputOf(port: number): ServiceInput<RedisOptions> {
  const address = { host: '127.0.0.1', port };
  const instance = {
    name: 'redis-1',
    service: 'redis',
    index: 1,
    ports: [{ name: 'redis', inside: port, host: port }],
    peer: address,
    client: address,
  };
  const service: Service<RedisOptions> = {
    ...BARE_SERVICE,
    name: 'redis',
    kind,
    instances: [instance],
    options: redisOptions.parse({ password: new Secret(PASSWORD) }),
  };
  const stack: Stack = {
    name: 'test',
    description: '',
    folder: '/',
    runtime: PROCESS,
    profile: 'dev',
    project: { name: 'test', id: 'test-000000', folder: '/' },
    values: [],
    services: [service as Service],
    network: undefined,
    primaries: {},
    readiness: { timeoutMs: PATIENCE_MS },
    migrations: [],
    traffic: undefined,
  };
  return { stack, service };
}
