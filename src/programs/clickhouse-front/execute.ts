import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { failure } from './answer.ts';
import type { Connection, Engine, EngineResult } from './engine.ts';
import type { Gate } from './gate.ts';
import { type QueryRequest, quoted } from './request.ts';
import type { Sessions } from './sessions.ts';
import { type InsertStatement, readStatement } from './sql-text.ts';

export interface Front {
  readonly engine: Engine;
  readonly gate: Gate;
  readonly sessions: Sessions;
  /** Names files for inserted data, relative to the working folder: a path would be read as a pattern. */
  nextFile(): string;
  readonly running: Set<string>;
}

export interface Outcome extends EngineResult {
  readonly format: string;
  readonly isInsert: boolean;
}

/** So much of the body is looked at for the end of an INSERT; the server's own limit is a quarter of it. */
const HEAD_BYTES = 1024 ** 2;
/** Longest statement without data, as text. */
const MAX_STATEMENT_BYTES = 16 * 1024 ** 2;

/**
 * Runs one request. `signal` aborts when the client has gone: a statement that only reads is then ended, one that changes
 * something runs on, as on a server.
 */
export async function execute(
  front: Front,
  request: QueryRequest,
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<Outcome> {
  const chunks = body[Symbol.asyncIterator]();
  const head = await readHead(Buffer.from(request.query, 'utf8'), chunks);
  const statement = readStatement(head.bytes.subarray(0, HEAD_BYTES).toString('latin1'));
  if (statement.type === 'insert') return insert(front, request, { statement, head: head.bytes, chunks }, signal);
  const text = (await readAll(head, chunks)).toString('utf8');
  const whole = readStatement(Buffer.from(text, 'utf8').toString('latin1'));
  switch (whole.type) {
    case 'empty':
      throw failure('syntax', 'Syntax error: Empty query');
    case 'several':
      throw failure('syntax', `Syntax error (Multi-statements are not allowed): failed at position ${whole.at + 1}`);
    case 'refused':
      throw failure('notImplemented', `${whole.what} is not allowed over HTTP`);
    case 'insert':
      throw failure('syntax', `Syntax error: an INSERT must come to its data within ${HEAD_BYTES} bytes`);
  }
  const format = whole.format ?? request.defaultFormat;
  const result = await onConnection(front, request, whole.readOnly, signal, (connection) =>
    connection.run(text, request.defaultFormat),
  );
  return { ...result, format, isInsert: false };
}

interface Head {
  readonly bytes: Buffer;
  readonly ended: boolean;
}

/** The statement in the URL, and the body after it on a line of its own. */
async function readHead(query: Buffer, chunks: AsyncIterator<Buffer>): Promise<Head> {
  const parts: Buffer[] = query.length === 0 ? [] : [query, Buffer.from('\n')];
  let size = query.length;
  while (size < HEAD_BYTES) {
    const { value, done } = await chunks.next();
    if (done === true) return { bytes: Buffer.concat(parts), ended: true };
    parts.push(value);
    size += value.length;
  }
  return { bytes: Buffer.concat(parts), ended: false };
}

async function readAll({ bytes, ended }: Head, chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const parts = [bytes];
  let size = bytes.length;
  while (!ended) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    parts.push(value);
    size += value.length;
    if (size > MAX_STATEMENT_BYTES) throw failure('syntax', `Max query size exceeded (${MAX_STATEMENT_BYTES} bytes)`);
  }
  return Buffer.concat(parts);
}

interface InsertInput {
  readonly statement: InsertStatement;
  readonly head: Buffer;
  readonly chunks: AsyncIterator<Buffer>;
}

/**
 * The data goes through a file, whatever its format: the engine takes data inside a statement only up to the first empty
 * line and would run the rest as SQL. Nothing is inserted before the body is complete.
 */
async function insert(
  front: Front,
  request: QueryRequest,
  { statement, head, chunks }: InsertInput,
  signal: AbortSignal,
): Promise<Outcome> {
  const file = front.nextFile();
  try {
    await spool(file, head.subarray(statement.dataAt), chunks);
    signal.throwIfAborted();
    const before = head.subarray(0, statement.clausesAt).toString('utf8');
    const clauses = head.subarray(statement.clausesAt, statement.formatAt).toString('utf8');
    const sql = `${before} FROM INFILE ${quoted(file)} COMPRESSION 'none' ${clauses} FORMAT ${statement.format}`;
    const result = await onConnection(front, request, false, signal, (connection) => connection.run(sql));
    return { ...result, format: request.defaultFormat, isInsert: true };
  } finally {
    await rm(file, { force: true });
  }
}

async function spool(file: string, first: Buffer, chunks: AsyncIterator<Buffer>): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600 });
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  const write = async (chunk: Buffer): Promise<void> => {
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), failed]);
  };
  try {
    await write(first);
    for (let { value, done } = await chunks.next(); done !== true; { value, done } = await chunks.next())
      await write(value);
    stream.end();
    await Promise.race([once(stream, 'close'), failed]);
  } finally {
    stream.destroy();
  }
}

async function onConnection(
  front: Front,
  request: QueryRequest,
  mayEnd: boolean,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<EngineResult>,
): Promise<EngineResult> {
  const leave = await front.gate.enter(signal);
  try {
    const { queryId } = request;
    if (queryId !== undefined && front.running.has(queryId)) {
      throw failure('sameQueryId', `Query with id = ${queryId} is already running`);
    }
    if (queryId !== undefined) front.running.add(queryId);
    try {
      return await (request.session === undefined
        ? onFresh(front, request, mayEnd, signal, use)
        : onSession(front, request, mayEnd, signal, use));
    } finally {
      if (queryId !== undefined) front.running.delete(queryId);
    }
  } finally {
    leave();
  }
}

async function onFresh(
  front: Front,
  request: QueryRequest,
  mayEnd: boolean,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<EngineResult>,
): Promise<EngineResult> {
  const connection = front.engine.connect();
  try {
    await prepare(connection, request);
    if (request.readOnly) await connection.run('SET readonly = 2');
    return await endable(front, connection, mayEnd, signal, use);
  } finally {
    connection.close();
  }
}

/** In a session, what the URL says counts for this request only: the values from before are put back. */
async function onSession(
  front: Front,
  request: QueryRequest,
  mayEnd: boolean,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<EngineResult>,
): Promise<EngineResult> {
  if (request.session === undefined) throw new Error('not a request in a session');
  const connection = front.sessions.take(request.session);
  try {
    const restore = await remember(connection, request);
    try {
      await prepare(connection, request);
      return await endable(front, connection, mayEnd, signal, use);
    } finally {
      for (const sql of restore) await connection.run(sql);
    }
  } finally {
    front.sessions.giveBack(request.session);
  }
}

async function remember(connection: Connection, { settings, database }: QueryRequest): Promise<readonly string[]> {
  const names = [...settings.keys()].map(quoted).join(', ');
  const before =
    names === '' ? [] : await rowsOf(connection, `SELECT name, value FROM system.settings WHERE name IN (${names})`);
  const [current] = database === undefined ? [] : await rowsOf(connection, 'SELECT currentDatabase()');
  return [
    ...before.map(([name = '', value = '']) => `SET ${name} = ${quoted(value)}`),
    ...(current === undefined ? [] : [`USE ${identifier(current[0] ?? '')}`]),
  ];
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

async function endable(
  front: Front,
  connection: Connection,
  mayEnd: boolean,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<EngineResult>,
): Promise<EngineResult> {
  signal.throwIfAborted();
  // A query that has just ended by itself is no longer there to kill.
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
