import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withRedis } from '../../../src/clients/redis/connect.ts';
import { masterView } from '../../../src/clients/redis/sentinel.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { render } from '../../../src/render/render.ts';
import { writeRendered } from '../../../src/render/write.ts';
import { type Instance, type Service, type Stack, serviceOf } from '../../../src/stack/contract/model.ts';
import type { RuntimeName } from '../../../src/stack/contract/runtime-facts.ts';
import { serverOf } from '../../../src/stack/derived/server-of.ts';
import { builtInNames, builtInStack } from '../../support/built-in-stack.ts';
import { canRun, programPath } from '../../support/need.ts';
import { freePortValues } from '../../support/port-values.ts';
import { requireCompose, requireRuntime } from '../../support/require.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What a stack renders means to the servers what it should: they say their settings again. */

const run = promisify(execFile);

const PASSWORD = `p"w d\\x'#$ä`;

interface Case {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** What CONFIG GET must say on every redis server. */
  readonly redis: Readonly<Record<string, string>>;
  /** What every Sentinel must say of its master. */
  readonly sentinel: Readonly<Record<string, string>>;
}

const EVERY_OTHER_SETTING = 'a cache with every other setting';

const CASES: readonly Case[] = [
  {
    name: 'defaults',
    values: {},
    redis: {
      save: '900 1 300 10 60 10000',
      appendonly: 'yes',
      appendfsync: 'everysec',
      maxmemory: '0',
      'maxmemory-policy': 'noeviction',
      'tcp-backlog': '511',
      timeout: '0',
      'tcp-keepalive': '300',
      requirepass: '',
      masterauth: '',
      'min-replicas-to-write': '1',
      'min-replicas-max-lag': '2',
      'replica-priority': '100',
      'repl-diskless-sync-delay': '0',
    },
    sentinel: { quorum: '2', 'down-after-milliseconds': '5000', 'failover-timeout': '30000', 'parallel-syncs': '1' },
  },
  {
    name: EVERY_OTHER_SETTING,
    values: {
      save: '',
      appendOnly: 'false',
      appendFsync: 'always',
      maxmemory: '512mb',
      maxmemoryPolicy: 'allkeys-lru',
      tcpBacklog: '128',
      timeoutS: '300',
      tcpKeepaliveS: '60',
      minReplicasToWrite: '2',
      minReplicasMaxLagS: '5',
      replicaPriority: '10',
      replDisklessSyncDelayS: '1',
      quorum: '3',
      downAfterMs: '1500',
      failoverTimeoutMs: '60000',
      parallelSyncs: '2',
    },
    redis: {
      save: '',
      appendonly: 'no',
      appendfsync: 'always',
      maxmemory: String(512 * 1024 ** 2),
      'maxmemory-policy': 'allkeys-lru',
      'tcp-backlog': '128',
      timeout: '300',
      'tcp-keepalive': '60',
      'min-replicas-to-write': '2',
      'min-replicas-max-lag': '5',
      'replica-priority': '10',
      'repl-diskless-sync-delay': '1',
    },
    sentinel: { quorum: '3', 'down-after-milliseconds': '1500', 'failover-timeout': '60000', 'parallel-syncs': '2' },
  },
  {
    name: 'passwords with quotes, a space, a backslash and more',
    values: { redisPassword: PASSWORD, sentinelPassword: `${PASSWORD}2` },
    redis: { requirepass: PASSWORD, masterauth: PASSWORD },
    sentinel: { quorum: '2' },
  },
];

let folder: string;
const pids: number[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-rendered-'));
});

afterEach(async () => {
  for (const pid of pids.splice(0)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

/** What else the stacks promise of their Redis. */
const OTHER_STACKS: Readonly<Record<string, Case['redis']>> = {
  analytics: { appendonly: 'yes', appendfsync: 'always' },
  'cache-api': {
    save: '900 1 300 10 60 10000',
    appendonly: 'yes',
    appendfsync: 'everysec',
    maxmemory: String(512 * 1024 ** 2),
    'maxmemory-policy': 'allkeys-lru',
    'tcp-backlog': '511',
    timeout: '0',
    'tcp-keepalive': '300',
  },
  'email-timing': { 'maxmemory-policy': 'allkeys-lru' },
  'event-tracking': { appendonly: 'yes', appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' },
};

/** Passwords are the values that the stacks name differently. */
function casesOf(stackName: string): readonly Case[] {
  if (stackName === 'redis-sentinel') return CASES;
  if (stackName === 'valkey-sentinel') {
    return CASES.filter(({ name }) => name !== EVERY_OTHER_SETTING).map(({ values, ...wanted }) => ({
      ...wanted,
      values: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name.replace('redisPassword', 'valkeyPassword'), value]),
      ),
    }));
  }
  return [{ name: 'defaults', values: {}, redis: OTHER_STACKS[stackName] ?? {}, sentinel: {} }];
}

describe.each(builtInNames())('%s', (stackName) => {
  test.for(casesOf(stackName))(
    'process: real servers load their files and say the same: $name',
    async (wanted, context) => {
      requireRuntime(context, 'process');
      if (stackName === 'valkey-sentinel' && !canRun('valkey-server')) context.skip('valkey-server is not installed');
      const stack = await renderTo(stackName, 'process', wanted.values);
      for (const { service, target } of configFiles(stack)) {
        // Every other file is read by its server or program when test/e2e brings the stack up.
        for (const instance of service.instances) await LOADERS[target]?.({ stack, service, instance }, wanted);
      }
    },
  );

  test.for(casesOf(stackName))('docker: Compose reads compose.yaml and .env: $name', async (wanted, context) => {
    requireCompose(context);
    await renderTo(stackName, 'docker', wanted.values);
    const { stdout, stderr } = await run('docker', ['compose', '-f', join(folder, 'compose.yaml'), 'config', '-q'], {
      cwd: folder,
      timeout: 60_000,
    });
    expect(stdout + stderr).toBe('');
  });
});

test.for([PASSWORD, `it's`, `both ' and " \\' $HOME \\n`, 'ends with \\'])(
  'a shell and Compose read the password %j from .env as it was meant',
  async (password, context) => {
    requireCompose(context);
    await renderTo('redis-sentinel', 'docker', { redisPassword: password });
    const sourced = await run('sh', ['-c', '. ./.env; printf %s "$REDIS_PASSWORD"'], { cwd: folder });
    expect(sourced.stdout).toBe(password);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose fills it in
    await writeFile(join(folder, 'read.yaml'), 'services: {a: {image: a, labels: {p: "${REDIS_PASSWORD}"}}}\n');
    const { stdout } = await run('docker', ['compose', '-f', 'read.yaml', 'config', '--format', 'json'], {
      cwd: folder,
    });
    expect(JSON.parse(stdout).services.a.labels.p.replaceAll('$$', '$')).toBe(password);
  },
);

interface Place {
  readonly stack: Stack;
  readonly service: Service;
  readonly instance: Instance;
}

/** Name of a rendered file -> starts its server with a copy of it and compares what the server then says. */
const LOADERS: Readonly<Record<string, (place: Place, wanted: Case) => Promise<void>>> = {
  'redis.conf': loadServer('redis-server', 'redis.conf', 'redisPassword'),
  'valkey.conf': loadServer('valkey-server', 'valkey.conf', 'valkeyPassword'),
  // By its own start script, because what Sentinel loads is what that joins from the files.
  'sentinel.conf': async ({ stack, service, instance }, wanted) => {
    const config = join(folder, instance.name);
    const data = await copyOf(instance);
    await rm(join(data, 'sentinel.conf'));
    const { argv, environment } = service.kind.process(
      { stack, service, instance },
      { binaries: programsOf(service), config, data },
    );
    const [program, ...args] = argv;
    await serve(program, args, data, environment);
    await ask(instance, passwordOf(stack, 'sentinelPassword'), async (client) => {
      const group = environment.STACKCTL_GROUP ?? '';
      expect((await masterView(client, group)).address).toBe(
        `127.0.0.1:${serviceOf(stack, service.monitors ?? '').instances[0]?.peer.port}`,
      );
      const flat = (await client.call('SENTINEL', 'MASTER', group)) as string[];
      for (const [name, value] of Object.entries(wanted.sentinel))
        expect(flat[flat.indexOf(name) + 1], name).toBe(value);
    });
  },
};

function loadServer(program: string, file: string, passwordValue: string) {
  return async ({ stack, instance }: Place, wanted: Case): Promise<void> => {
    const data = await copyOf(instance);
    await serve(programPath(program), [join(data, file)], data);
    await ask(instance, passwordOf(stack, passwordValue), async (client) => {
      for (const [name, value] of Object.entries(wanted.redis)) {
        expect(await client.config('GET', name), name).toEqual([name, value]);
      }
    });
  };
}

function programsOf(service: Service): Readonly<Record<string, string>> {
  return Object.fromEntries(serverOf(service).binaries.map(({ name }) => [name, programPath(name)]));
}

async function renderTo(name: string, runtime: RuntimeName, values: Case['values']): Promise<Stack> {
  const free = Object.entries(await freePortValues(name));
  const ports = Object.fromEntries(free.map(([value, port]) => [value, String(port)]));
  const stack = await builtInStack(name, { runtime, values: { ...ports, ...values } });
  await writeRendered(folder, render(stack).files, { prune: false });
  return stack;
}

function passwordOf({ values }: Stack, name: string): Secret | undefined {
  const found = values.find((candidate) => candidate.name === name)?.value;
  return found instanceof Secret && found.reveal() !== '' ? found : undefined;
}

function configFiles(stack: Stack): readonly { readonly service: Service; readonly target: string }[] {
  return stack.services.flatMap((service) => service.config.map(({ target }) => ({ service, target })));
}

/** A server rewrites its configuration, so it never gets the rendered one. */
async function copyOf({ name }: Instance): Promise<string> {
  const copy = join(folder, 'data', name);
  await cp(join(folder, name), copy, { recursive: true });
  return copy;
}

async function serve(program: string, args: readonly string[], cwd: string, environment = {}): Promise<void> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => said.push(text));
  child.once('exit', (code) => {
    if (code !== null) process.stderr.write(`${program} ${args.join(' ')} ended with ${code}:\n${said.join('')}`);
  });
  if (child.pid !== undefined) pids.push(child.pid);
}

async function ask(
  instance: Instance,
  secret: Secret | undefined,
  use: Parameters<typeof withRedis<void>>[1],
): Promise<void> {
  const target = { address: instance.client, password: secret, timeoutMs: 1000 };
  await waitFor(`${instance.name} to answer`, () =>
    withRedis(target, (client) => client.ping()).catch(() => undefined),
  );
  await withRedis(target, use);
}
