/** The ingester as a program of its own, with a real Redis and a real PostgreSQL that a test may kill and start again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ROOT } from '../../support/cli.ts';
import { freePorts } from '../../support/free-ports.ts';
import { buildSample } from '../../support/supervisor-program.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A program that can be ended, frozen and started again on the same data. */
export interface Program {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it has printed. */
  readonly output: () => string;
  /** Sends the signal and waits for the end. Returns the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface Stores {
  readonly redisPort: number;
  readonly postgresPort: number;
  startRedis(): Promise<Program>;
  startPostgres(): Promise<Program>;
  startIngester(env?: Readonly<Record<string, string>>): Promise<Ingester>;
  /** Ends everything that was started here and deletes the data. */
  close(): Promise<void>;
}

export interface Ingester extends Program {
  readonly port: number;
  get(path: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
}

export async function openStores(): Promise<Stores> {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-ingester-'));
  const redisPort = await freePorts(8);
  const postgresPort = redisPort + 1;
  const programs: Program[] = [];
  let ingesters = 0;
  const main = await buildSample('templates/analytics/services/ingester');
  initDatabase(join(folder, 'pg'));
  const started = async (program: Program, answers: () => Promise<boolean>): Promise<Program> => {
    programs.push(program);
    await waitFor(`${program.name} to answer`, answers);
    return program;
  };
  return {
    redisPort,
    postgresPort,
    startRedis: () =>
      started(
        launch('redis', 'redis-server', [
          ...['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', folder],
          ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
        ]),
        () => withRedis(redisPort, async (redis) => (await redis.ping()) === 'PONG'),
      ),
    startPostgres: () => startPostgres({ folder, port: postgresPort, started }),
    startIngester: async (env = {}) => {
      const port = redisPort + 2 + (ingesters++ % 6);
      const variables = {
        PORT: String(port),
        REDIS_PORT: String(redisPort),
        PGPORT: String(postgresPort),
        PGUSER: 'owner',
      };
      const program = launch('ingester', process.execPath, [main], { ...variables, PGDATABASE: 'postgres', ...env });
      const get: Ingester['get'] = async (path) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`);
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
      };
      await started(program, () =>
        get('/health').then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
      return { ...program, port, get };
    },
    close: async () => {
      for (const program of programs) await program.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Until the children of a killed server are gone too, a new one refuses to start. */
async function startPostgres({
  folder,
  port,
  started,
}: {
  readonly folder: string;
  readonly port: number;
  readonly started: (program: Program, answers: () => Promise<boolean>) => Promise<Program>;
}): Promise<Program> {
  const data = join(folder, 'pg');
  const words = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', data];
  return waitFor('PostgreSQL to start', async () => {
    const [program = '', ...rest] = asUser([binary('postgres'), ...words]);
    const server = launch('postgres', program, rest);
    const answers = () => withPostgres(port, async (client) => (await client.query('SELECT 1')).rowCount === 1);
    const ended = once(server.child, 'close').then(() => undefined);
    return Promise.race([started(server, answers), ended]).catch(() => undefined);
  });
}

function initDatabase(data: string): void {
  const [program = '', ...rest] = asUser([binary('initdb'), '-D', data, '-U', 'owner', '--auth', 'trust', '--no-sync']);
  execFileSync('chmod', ['755', join(data, '..')]);
  execFileSync(program, rest, { stdio: 'ignore', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
}

/** PostgreSQL refuses to run as root: it gets a user namespace in which it is somebody else. */
function asUser(words: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return words;
  return ['unshare', '--user', '--map-user=1000', '--map-group=1000', ...words];
}

/** Debian keeps the server's programs out of PATH. */
function binary(name: string): string {
  const folders = [...(process.env.PATH ?? '').split(':'), ...debianFolders()];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

function debianFolders(): readonly string[] {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}

function launch(name: string, program: string, words: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(program, [...words], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const closed = once(child, 'close');
  return {
    name,
    child,
    output: () => output,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}

export async function withRedis<T>(port: number, use: (redis: Redis) => Promise<T>): Promise<T | false> {
  const redis = new Redis({ port, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined); // the command's own error is enough
  try {
    await redis.connect();
    return await use(redis);
  } catch {
    return false; // not there yet, or just gone: polled again
  } finally {
    if (redis.status !== 'end') redis.disconnect();
  }
}

export async function withPostgres<T>(port: number, use: (client: pg.Client) => Promise<T>): Promise<T | false> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'owner', database: 'postgres' });
  client.on('error', () => undefined); // the query's own error is enough
  try {
    await client.connect();
    return await use(client);
  } catch {
    return false; // as above
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The stack's own schema, as somebody would pipe it by hand. */
export function schemaSql(): string {
  return readFileSync(join(ROOT, 'templates/analytics/config/schema.sql'), 'utf8');
}
