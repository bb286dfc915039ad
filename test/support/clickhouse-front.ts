import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLICKHOUSE } from '../../src/kinds/clickhouse/binaries.ts';
import { cacheFolder } from '../../src/lib/cache-folder.ts';
import { FRONT_CONFIG, type FrontConfig, THREADS } from '../../src/programs/clickhouse-front/protocol/front-config.ts';
import { freePorts } from './free-ports.ts';
import { buildProgram } from './supervisor-program.ts';
import { waitFor } from './wait-for.ts';

/**
 * The chdb that `stackctl doctor --fix` has fetched, or the one that STACKCTL_CHDB names. Undefined: the tests that need it
 * are skipped and say so, unless STACKCTL_REQUIRE (a list with commas) names chdb.
 */
export function findChdb(): string | undefined {
  const { id, path } = CLICKHOUSE.download ?? { id: '', path: '' };
  const { STACKCTL_CHDB: named } = process.env;
  const places = [...(named === undefined ? [] : [named]), join(cacheFolder(process.env), id, path)];
  const found = places.find((place) => existsSync(join(place, 'package.json')));
  if (found === undefined && (process.env.STACKCTL_REQUIRE ?? '').split(',').includes('chdb')) {
    throw new Error(`required: chdb is not in ${places.join(' or ')}`);
  }
  if (found === undefined)
    process.stderr.write('skipped: chdb is not installed (stackctl doctor email-timing --fix)\n');
  return found;
}

/** A front of its own over an empty folder, that can be killed and started again. */
export interface ClickhouseFront {
  readonly port: number;
  readonly password: string;
  readonly program: string;
  readonly pid: () => number;
  kill(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  log(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openFront(
  chdb: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ClickhouseFront> {
  const port = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-clickhouse-'));
  const data = join(folder, 'data');
  const program = join(folder, 'clickhouse-front.mjs');
  const built = await buildProgram('src/programs/clickhouse-front/main.ts');
  await copyFile(built, program);
  await rm(built);
  await mkdir(data);
  const password = 'front-pass';
  const passwordSha256 = createHash('sha256').update(password).digest('hex');
  const config: FrontConfig = { host: '127.0.0.1', port, user: 'tester', passwordSha256, database: 'events', settings };
  await writeFile(join(folder, FRONT_CONFIG), JSON.stringify(config));
  const logFile = join(folder, 'log');
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const log = openSync(logFile, 'a');
    child = spawn(process.execPath, [program, 'server', chdb, join(folder, FRONT_CONFIG)], {
      cwd: data,
      env: { ...process.env, UV_THREADPOOL_SIZE: String(THREADS) },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const started = child;
    await waitFor('a front that answers', async () => {
      if (started.exitCode !== null) throw new Error(readFileSync(logFile, 'utf8'));
      return fetch(`http://127.0.0.1:${port}/ping`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const dispose = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    port,
    password,
    program,
    pid: () => child?.pid ?? 0,
    kill,
    start,
    log: () => readFileSync(logFile, 'utf8'),
    [Symbol.asyncDispose]: dispose,
  };
}
