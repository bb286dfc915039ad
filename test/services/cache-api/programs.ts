/** The programs of the stack as processes that a test may kill, freeze and start again on the same port and data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { ask } from '../../support/redis-side.ts';
import { buildSample } from '../../support/supervisor-program.ts';
import { waitFor } from '../../support/wait-for.ts';

export const BEARER = 'bearer-of-the-test';
const REDIS_PASSWORD = 'redis-of-the-test';
const MATOMO_TOKEN = 'matomo-of-the-test';

export interface Program {
  readonly child: ChildProcess;
  output(): string;
  /** Sends the signal and waits for the end: the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it with matchers
  readonly body: any;
  readonly headers: Headers;
  /** Milliseconds from the request to the whole answer. */
  readonly tookMs: number;
  /** Milliseconds for which the API says that it waited for Redis. */
  readonly redisMs: number;
}

export interface Api extends Program {
  readonly url: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

export interface Programs extends AsyncDisposable {
  readonly redis: { readonly port: number; readonly password: string };
  readonly sandboxUrl: string;
  startRedis(): Promise<Program>;
  /** Each call starts another instance, on a port of its own. */
  startApi(env?: Readonly<Record<string, string>>): Promise<Api>;
  /** Makes the sandbox slow or failing from now on. */
  behave(behaviour: { readonly latencyMs?: number; readonly failNext?: number }): Promise<void>;
  /** Tracking calls that the sandbox answered for this URL. */
  tracked(url: string): Promise<number>;
}

/** @example await using programs = await openPrograms(); */
export async function openPrograms(): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'cache-api-'));
  const firstPort = await freePorts(8);
  const redis = { port: firstPort, password: REDIS_PASSWORD };
  const sandboxUrl = `http://127.0.0.1:${firstPort + 1}`;
  let nextPort = firstPort + 2;
  const running: Program[] = [];
  const start = async (command: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const program = await launch(command, args, folder, env);
    running.push(program);
    return program;
  };
  const [apiMain, sandboxMain] = await Promise.all(['opalmind-api', 'matomo-sandbox'].map(build));
  const apiEnv = {
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis.port),
    REDIS_PASSWORD,
    MATOMO_BASE_URL: sandboxUrl,
    MATOMO_TOKEN,
    OPAL_BEARER_TOKEN: BEARER,
  };
  const sandboxEnv = { PORT: String(firstPort + 1), MATOMO_TOKEN };
  const sandbox = await start(process.execPath, [sandboxMain ?? ''], sandboxEnv);
  await untilServing(sandbox, sandboxUrl);
  return {
    redis,
    sandboxUrl,
    startRedis: async () => {
      const program = await start('redis-server', redisArgs(redis), {});
      const answers = async () => (await ask(redis, 'PING').catch(() => undefined)) === 'PONG';
      await waitFor('an answer of redis-server', answers);
      return program;
    },
    startApi: async (env = {}) => {
      const port = nextPort++;
      const url = `http://127.0.0.1:${port}`;
      const program = await start(process.execPath, [apiMain ?? ''], { ...apiEnv, ...env, PORT: String(port) });
      await untilServing(program, url);
      return {
        ...program,
        url,
        get: (path) => request(`${url}${path}`, {}),
        post: (path, body) => request(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) }),
      };
    },
    behave: async (behaviour) => {
      await fetch(`${sandboxUrl}/sandbox/behaviour`, { method: 'POST', body: JSON.stringify(behaviour) });
    },
    tracked: async (url) => {
      const answer = await fetch(`${sandboxUrl}/sandbox/stats?url=${encodeURIComponent(url)}`);
      return ((await answer.json()) as { tracking: { calls: number } }).tracking.calls;
    },
    [Symbol.asyncDispose]: async () => {
      for (const program of running) await program.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function build(service: string): Promise<string> {
  return buildSample(`templates/cache-api/services/${service}`);
}

function redisArgs({ port, password }: Programs['redis']): readonly string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--requirepass', password],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  ];
}

async function launch(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const child = spawn(command, [...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => text.push(part));
  await once(child, 'spawn');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    output: () => text.join(''),
    end: async (signal) => {
      if (hasEnded()) return child.exitCode;
      child.kill(signal);
      await once(child, 'exit');
      return child.exitCode;
    },
  };
}

async function untilServing({ child, output }: Program, url: string): Promise<void> {
  await waitFor(`an answer of ${url}`, async () => {
    if (child.exitCode !== null) throw new Error(`it ended:\n${output()}`);
    return fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}

async function request(url: string, init: RequestInit): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(url, { ...init, headers: { Authorization: `Bearer ${BEARER}` } });
  const body = await response.json();
  const timing = /redis;dur=([\d.]+)/.exec(response.headers.get('Server-Timing') ?? '')?.[1];
  return {
    status: response.status,
    body,
    headers: response.headers,
    tookMs: performance.now() - startedAt,
    redisMs: Number(timing ?? 0),
  };
}
