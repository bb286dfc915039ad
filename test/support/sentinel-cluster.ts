import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { withRedis } from '../../src/clients/redis/connect.ts';
import { arbiter } from '../../src/kinds/sentinel/arbiter.ts';
import { failover } from '../../src/kinds/sentinel/failover/index.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { ArbiterCapability } from '../../src/stack/contract/arbiter.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { Instance, Service, Stack } from '../../src/stack/contract/model.ts';
import type { Runtime } from '../../src/stack/contract/runtime.ts';
import type { FaultKind } from '../../src/stack/contract/runtime-facts.ts';
import type { FailoverInput } from '../../src/stack/contract/scenario.ts';
import { BARE_SERVICE } from './bare-service.ts';
import { freePorts } from './free-ports.ts';
import { PROCESS } from './runtime-facts.ts';
import { PATIENCE_MS } from './wait-for.ts';

/** A master, replicas and Sentinels: plain child processes on free ports. */
export interface SentinelCluster {
  readonly folder: string;
  readonly target: FailoverInput;
  readonly runtime: Pick<Runtime, 'name' | 'faults' | 'inject' | 'heal'>;
  close(): Promise<void>;
}

const PASSWORD = 'a "quoted" pass';
const SENTINEL_PASSWORD = 'sentinel-pass';
const GROUP = 'test-master';

export interface ClusterOptions {
  readonly downAfterMs: number;
  readonly minReplicas: number;
  /** Default redis-server. */
  readonly program?: string;
  /** Default 3. */
  readonly servers?: number;
  /** Default 3. */
  readonly sentinels?: number;
  /** Default 2. */
  readonly quorum?: number;
  /** Default true. */
  readonly passwords?: boolean;
  /** Further lines for redis.conf. */
  readonly redisLines?: readonly string[];
}

const SHAPE = {
  program: 'redis-server',
  servers: 3,
  sentinels: 3,
  quorum: 2,
  passwords: true,
  redisLines: [],
};

type Shape = Required<ClusterOptions>;

export async function startSentinelCluster(given: ClusterOptions): Promise<SentinelCluster> {
  const options: Shape = { ...SHAPE, ...given };
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-cluster-'));
  const port = await freePorts(options.servers + options.sentinels);
  const some = (service: string, count: number, first: number) =>
    Array.from({ length: count }, (_, index) => instance(service, index + 1, first + index));
  const redis = some('redis', options.servers, port);
  const sentinels = some('sentinel', options.sentinels, port + options.servers);
  const target = targetOf(redis, sentinels, options);
  const children = new Map<string, ChildProcess>();

  const start = async ({ name }: Instance, args: readonly string[]) => {
    const cwd = join(folder, name);
    const child = spawn(options.program, [join(cwd, 'server.conf'), ...args], {
      cwd,
      stdio: 'ignore',
    });
    await once(child, 'spawn');
    children.set(name, child);
  };
  const end = async (name: string, signal: NodeJS.Signals) => {
    const child = children.get(name);
    children.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };

  const first = redis[0]?.peer.port ?? 0;
  for (const one of redis) {
    const replicaOf = one.index === 1 ? '' : `replicaof 127.0.0.1 ${first}\n`;
    await configure(folder, one, redisConfig(one, options) + replicaOf);
    await start(one, []);
  }
  for (const one of sentinels) {
    await configure(folder, one, sentinelConfig(one, first, options));
    await start(one, ['--sentinel']);
  }

  return {
    folder,
    target,
    runtime: {
      name: 'process',
      faults: new Set<FaultKind>(['kill', 'pause', 'stop']),
      inject: async (name, fault) => {
        const notYetAt = performance.now();
        if (fault === 'kill') await end(name, 'SIGKILL');
        else if (fault === 'stop') await end(name, 'SIGTERM');
        else children.get(name)?.kill('SIGSTOP');
        return { source: 'the test', notYetAt, seenAt: performance.now() };
      },
      heal: async (name, fault) => {
        if (fault === 'pause') return void children.get(name)?.kill('SIGCONT');
        if (children.has(name)) return;
        const sentinel = sentinels.find((candidate) => candidate.name === name);
        if (sentinel !== undefined) {
          if (options.passwords) await quotePassword(join(folder, name, 'server.conf'));
          return start(sentinel, ['--sentinel']);
        }
        const one = redis.find((candidate) => candidate.name === name);
        if (one === undefined) return;
        // As the start script of a redis does: the Sentinels say who the master is, and it joins as a replica of it.
        const port = await askSentinel(
          sentinels.find((sentinel) => children.has(sentinel.name)),
          options.passwords,
        );
        await configure(
          folder,
          one,
          redisConfig(one, options) + (port === one.peer.port ? '' : `replicaof 127.0.0.1 ${port}\n`),
        );
        await start(one, []);
      },
    },
    close: async () => {
      await Promise.all([...children.keys()].map((name) => end(name, 'SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function instance(service: string, index: number, port: number): Instance {
  const address = { host: '127.0.0.1', port };
  const ports = [{ name: service, inside: port, host: port }];
  return { name: `${service}-${index}`, service, index, ports, peer: address, client: address };
}

async function configure(folder: string, { name }: Instance, text: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'server.conf'), text, { mode: 0o600 });
}

function redisConfig({ peer }: Instance, { minReplicas, passwords, redisLines }: Shape): string {
  const password = PASSWORD.replaceAll('"', '\\"');
  return [
    `bind ${peer.host}`,
    `port ${peer.port}`,
    ...(passwords ? [`requirepass "${password}"`, `masterauth "${password}"`] : []),
    'save ""',
    'repl-diskless-sync-delay 0',
    `min-replicas-to-write ${minReplicas}`,
    'min-replicas-max-lag 2',
    'logfile log',
    ...redisLines,
    '',
  ].join('\n');
}

function sentinelConfig({ peer }: Instance, masterPort: number, shape: Shape): string {
  const { downAfterMs, quorum, passwords } = shape;
  return [
    `bind ${peer.host}`,
    `port ${peer.port}`,
    ...(passwords ? [`requirepass "${SENTINEL_PASSWORD}"`, `sentinel sentinel-pass "${SENTINEL_PASSWORD}"`] : []),
    `sentinel monitor ${GROUP} 127.0.0.1 ${masterPort} ${quorum}`,
    ...(passwords ? [authPass()] : []),
    `sentinel down-after-milliseconds ${GROUP} ${downAfterMs}`,
    `sentinel failover-timeout ${GROUP} 10000`,
    'logfile log',
    '',
  ].join('\n');
}

/** A Sentinel writes down what it knew, and the password of its servers without quotes: it could not read that again. */
async function quotePassword(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^sentinel auth-pass .*$/m, authPass()));
}

function authPass(): string {
  return `sentinel auth-pass ${GROUP} "${PASSWORD.replaceAll('"', '\\"')}"`;
}

async function askSentinel(sentinel: Instance | undefined, passwords: boolean): Promise<number> {
  if (sentinel === undefined) throw new Error('no sentinel');
  const target = {
    address: sentinel.client,
    password: passwords ? new Secret(SENTINEL_PASSWORD) : undefined,
    timeoutMs: 1000,
  };
  const reply = await withRedis(target, (client) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP));
  return Number((reply as string[])[1]);
}

function targetOf(redis: readonly Instance[], sentinels: readonly Instance[], shape: Shape): FailoverInput {
  const { downAfterMs, quorum, passwords } = shape;
  const replicated = { password: () => (passwords ? new Secret(PASSWORD) : undefined) };
  const options = {
    masterName: GROUP,
    quorum,
    downAfterMs,
    failoverTimeoutMs: 10_000,
    parallelSyncs: 1,
    detection: 'normal',
    password: new Secret(passwords ? SENTINEL_PASSWORD : ''),
  };
  const services = [
    service('redis', { ...stubKind('redis'), replicated }, redis, {}),
    {
      ...service(
        'sentinel',
        { ...stubKind('sentinel'), arbiter: arbiter as ArbiterCapability, failover },
        sentinels,
        options,
      ),
      monitors: 'redis',
    },
  ];
  const stack: Stack = {
    name: 'test',
    description: '',
    folder: '/',
    runtime: PROCESS,
    profile: 'dev',
    project: { name: 'test', id: 'test', folder: '/' },
    values: [],
    services,
    network: undefined,
    primaries: {},
    readiness: { timeoutMs: PATIENCE_MS },
    migrations: [],
    traffic: undefined,
  };
  return { stack, service: services[1] as Service };
}

function service(name: string, kind: Kind, instances: readonly Instance[], options: unknown): Service {
  return { ...BARE_SERVICE, name, kind, instances, options };
}

function stubKind(name: string): Kind {
  const unused = () => {
    throw new Error('not part of this test');
  };
  return {
    name,
    description: '',
    options: z.unknown(),
    ports: [],
    defaultImage: '',
    binaries: [],
    variables: unused,
    files: unused,
    container: unused,
    process: unused,
    probe: unused,
  };
}
