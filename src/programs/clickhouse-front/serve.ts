import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { openEngine } from './engine.ts';
import type { Front } from './front.ts';
import { makeGate } from './gate.ts';
import { type FrontConfig, MAX_QUERIES } from './protocol/front-config.ts';
import { makeServer } from './server.ts';
import { makeSessions } from './sessions.ts';

export interface ServeInput {
  /** The chdb package. */
  readonly chdb: string;
  readonly config: FrontConfig;
  /** Aborted: end in an orderly way. */
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
}

/** Below the working folder. */
const TABLES = 'store';
const INSERTS = 'inserts';
const END_WITHIN_MS = 8000;

/** Serves until the signal. The working folder is the instance's own. */
export async function serve({ chdb, config, signal, log }: ServeInput): Promise<void> {
  // What a crash has left of requests that were never answered.
  await rm(INSERTS, { recursive: true, force: true });
  await mkdir(INSERTS, { mode: 0o700 });
  const engine = await openEngine({ chdb, data: TABLES, settings: config.settings });
  const setUp = engine.connect();
  await setUp.run(`CREATE DATABASE IF NOT EXISTS \`${config.database}\``);
  setUp.close();
  const front = makeFront(engine);
  const server = makeServer({ front, account: config, log });
  server.listen(config.port, config.host);
  await once(server, 'listening');
  log(`ClickHouse ${engine.version} (chdb) answers HTTP on ${config.host}:${config.port}; there is no native port`);
  if (!signal.aborted) await once(signal, 'abort');
  log('ending');
  server.close();
  server.closeIdleConnections();
  const idle = await Promise.race([front.gate.idle().then(() => true), delay(END_WITHIN_MS, false)]);
  // Closing a connection under its query would end the engine in the middle of a write.
  if (!idle) return log('queries are still running: they end unanswered');
  front.sessions.closeAll();
  engine.close();
  log('ended');
}

function makeFront(engine: Front['engine']): Front {
  let files = 0;
  return {
    engine,
    gate: makeGate(MAX_QUERIES),
    sessions: makeSessions(engine.connect),
    nextFile: () => {
      files += 1;
      return `${INSERTS}/${files}.data`;
    },
    running: new Set(),
  };
}

/** @throws Error naming the file when it is no such configuration. */
export async function readFrontConfig(file: string): Promise<FrontConfig> {
  const config = JSON.parse(await readFile(file, 'utf8')) as Partial<FrontConfig>;
  const { host, port, user, passwordSha256, database, settings } = config;
  const complete = [host, user, passwordSha256, database].every((value) => typeof value === 'string');
  if (!complete || typeof port !== 'number' || typeof settings !== 'object') throw new Error(`${file} is incomplete`);
  return config as FrontConfig;
}
