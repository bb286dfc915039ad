import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineError } from './answer.ts';
import { quoted } from './request.ts';

/**
 * The ClickHouse engine in this process (npm package chdb). Its public Session class puts off closing until no session
 * runs a query, so that one long query would keep every connection open; the addon below it has no such rule. A connection
 * costs 0.2 ms: each request gets its own, and nothing that a request sets can leak into the next one.
 */
export interface Engine {
  readonly version: string;
  readonly timezone: string;
  connect(): Connection;
  /** Ends what runs on a connection; returns when the engine has taken note, not when the query has ended. */
  kill(connection: Connection): Promise<void>;
  close(): void;
}

export interface Connection {
  /** One at a time. @throws QueryError */
  run(sql: string, format?: string): Promise<EngineResult>;
  /** Only when nothing runs on it: closing under a query would end the engine. */
  close(): void;
  readonly tag: string;
}

export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly elapsedS: number;
  readonly readRows: number;
  readonly readBytes: number;
}

export interface EngineOptions {
  /** The package's folder. */
  readonly chdb: string;
  /** Where the tables live; one process for each folder. */
  readonly data: string;
  /** What every connection starts with: the settings of the default profile. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Addon {
  CreateConnection(path: string, args: readonly string[]): unknown;
  CloseConnection(connection: unknown): void;
  QueryAsyncConnection(connection: unknown, sql: string, format: string): Promise<RawResult>;
}

interface RawResult {
  readonly bytes: Uint8Array;
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/** Where chdb differs from a server by default: an expression alone is no statement there, and introspection is off. */
const AS_SERVER = ['--implicit_select=0', '--allow_introspection_functions=0'];

/** @throws Error when the package is not the version that this was written for, the folder is in use, or a setting is wrong. */
export async function openEngine({ chdb, data, settings }: EngineOptions): Promise<Engine> {
  const addon = loadAddon(chdb);
  // Kept open: the engine ends with its last connection.
  const control = openFirst(addon, data);
  await checkSettings(addon, data, settings);
  const args = [...AS_SERVER, ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
  let connections = 0;
  const connect = (): Connection => {
    connections += 1;
    return connection(addon, data, args, `stackctl-${connections}`);
  };
  const { bytes } = await control.run('SELECT version(), timezone()');
  const [version = '', timezone = ''] = textOf(bytes).trim().split('\t');
  let turn: Promise<unknown> = Promise.resolve();
  return {
    version,
    timezone,
    connect,
    kill: async ({ tag }) => {
      // SYNC would wait for ever; and a connection takes one query at a time.
      const next = turn.then(() => control.run(`KILL QUERY WHERE Settings['log_comment'] = ${quoted(tag)} ASYNC`));
      turn = next.catch(() => undefined);
      await next;
    },
    close: () => control.close(),
  };
}

/** ClickHouse version of a chdb package's engine, which is opened in an empty folder for it. @throws Error when that fails. */
export async function engineVersion(chdb: string): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'stackctl-chdb-'));
  try {
    const engine = await openEngine({ chdb, data, settings: {} });
    engine.close();
    return engine.version;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

function openFirst(addon: Addon, data: string): Connection {
  try {
    return connection(addon, data, AS_SERVER, 'stackctl-control');
  } catch (error) {
    throw new Error(`chdb cannot open the folder ${data}: another process uses it, or it is damaged`, { cause: error });
  }
}

/** As an option, a setting with a wrong name is passed over and one with a wrong value has no reason: SET says what is wrong. */
async function checkSettings(addon: Addon, data: string, settings: EngineOptions['settings']): Promise<void> {
  const trial = connection(addon, data, AS_SERVER, 'stackctl-trial');
  try {
    for (const [name, value] of Object.entries(settings)) await trial.run(`SET ${name} = ${quoted(value)}`);
  } finally {
    trial.close();
  }
}

function connection(addon: Addon, data: string, args: readonly string[], tag: string): Connection {
  const handle = addon.CreateConnection(data, [...args, `--log_comment=${tag}`]);
  return {
    tag,
    run: async (sql, format = 'TabSeparated') => {
      try {
        const { bytes, elapsed, rowsRead, bytesRead } = await addon.QueryAsyncConnection(handle, sql, format);
        return { bytes, elapsedS: elapsed, readRows: rowsRead, readBytes: bytesRead };
      } catch (error) {
        throw engineError(error);
      }
    },
    close: () => addon.CloseConnection(handle),
  };
}

function loadAddon(folder: string): Addon {
  const loader = createRequire(join(folder, 'package.json'))('./dist/loader.js') as { loadNative?: () => unknown };
  const addon = loader.loadNative?.() as Record<keyof Addon, unknown> | undefined;
  const names = ['CreateConnection', 'CloseConnection', 'QueryAsyncConnection'] as const;
  const lacking = names.filter((name) => typeof addon?.[name] !== 'function');
  if (addon === undefined || lacking.length > 0) {
    throw new Error(`the chdb in ${folder} is another version: it has no ${lacking.join(', ') || 'loadNative'}`);
  }
  return addon as unknown as Addon;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
