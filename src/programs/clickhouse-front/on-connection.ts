import { failure } from './answer.ts';
import type { Connection, EngineResult } from './engine.ts';
import type { Running } from './front.ts';
import { type QueryRequest, quoted, type SessionRequest } from './request.ts';

type Use = (connection: Connection) => Promise<EngineResult>;

/**
 * Runs a statement on a connection with the settings of the request, when its turn has come: on a connection of its own,
 * or on that of its session.
 * @param mayEnd whether the statement is ended when the client has gone.
 * @throws QueryError; the signal's reason when the client has gone before.
 */
export async function onConnection(running: Running, mayEnd: boolean, use: Use): Promise<EngineResult> {
  const { front, request, signal } = running;
  const leave = await front.gate.enter(signal);
  try {
    const { queryId, session } = request;
    if (queryId !== undefined && front.running.has(queryId)) {
      throw failure('sameQueryId', `Query with id = ${queryId} is already running`);
    }
    if (queryId !== undefined) front.running.add(queryId);
    try {
      const endable: Use = (connection) => runEndable(running, connection, mayEnd, use);
      return await (session === undefined ? onOwn(running, endable) : onSession(running, session, endable));
    } finally {
      if (queryId !== undefined) front.running.delete(queryId);
    }
  } finally {
    leave();
  }
}

async function onOwn({ front, request }: Running, use: Use): Promise<EngineResult> {
  const connection = front.engine.connect();
  try {
    await prepare(connection, request);
    if (request.readOnly) await connection.run('SET readonly = 2');
    return await use(connection);
  } finally {
    connection.close();
  }
}

/**
 * In a session, the database and the settings of the URL hold for this request only: afterwards those from before are put
 * back, except what the statement itself has set (USE, SET).
 */
async function onSession({ front, request }: Running, session: SessionRequest, use: Use): Promise<EngineResult> {
  const connection = front.sessions.take(session);
  try {
    const before = await stateOf(connection, request);
    let given = before;
    try {
      await prepare(connection, request);
      given = await stateOf(connection, request);
      return await use(connection);
    } finally {
      await restore(connection, { before, given, now: await stateOf(connection, request) });
    }
  } finally {
    front.sessions.giveBack(session);
  }
}

interface SessionState {
  /** Name and value of each setting that the request gives. */
  readonly settings: ReadonlyMap<string, string>;
  /** Undefined: the request names none. */
  readonly database: string | undefined;
}

async function stateOf(connection: Connection, { settings, database }: QueryRequest): Promise<SessionState> {
  const names = [...settings.keys()].map(quoted).join(', ');
  const values =
    names === '' ? [] : await rowsOf(connection, `SELECT name, value FROM system.settings WHERE name IN (${names})`);
  const [current] = database === undefined ? [] : await rowsOf(connection, 'SELECT currentDatabase()');
  return { settings: new Map(values.map(([name = '', value = '']) => [name, value])), database: current?.[0] };
}

async function restore(
  connection: Connection,
  { before, given, now }: { readonly before: SessionState; readonly given: SessionState; readonly now: SessionState },
): Promise<void> {
  for (const [name, value] of before.settings) {
    if (now.settings.get(name) === given.settings.get(name)) await connection.run(`SET ${name} = ${quoted(value)}`);
  }
  if (before.database !== undefined && now.database === given.database)
    await connection.run(`USE ${identifier(before.database)}`);
}

async function rowsOf(connection: Connection, sql: string): Promise<readonly (readonly string[])[]> {
  const { bytes } = await connection.run(sql, 'JSONCompactEachRow');
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as readonly string[]);
}

async function prepare(connection: Connection, { database, settings, parameters }: QueryRequest): Promise<void> {
  if (database !== undefined) await connection.run(`USE ${identifier(database)}`);
  const assignments = [
    ...[...settings].map(([name, value]) => `${name} = ${quoted(value)}`),
    ...[...parameters].map(([name, value]) => `param_${name} = ${quoted(value)}`),
  ];
  if (assignments.length > 0) await connection.run(`SET ${assignments.join(', ')}`);
}

async function runEndable(
  { front, signal }: Running,
  connection: Connection,
  mayEnd: boolean,
  use: Use,
): Promise<EngineResult> {
  signal.throwIfAborted();
  // KILL fails for a query that has just ended.
  const kill = (): void => void front.engine.kill(connection).catch(() => undefined);
  if (mayEnd) signal.addEventListener('abort', kill, { once: true });
  try {
    return await use(connection);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function identifier(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}
