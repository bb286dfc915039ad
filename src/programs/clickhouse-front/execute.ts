import { isUtf8 } from 'node:buffer';
import { failure } from './answer.ts';
import type { Outcome, Running } from './front.ts';
import { insert } from './insert.ts';
import { onConnection } from './on-connection.ts';
import { type InsertStatement, readStatement } from './sql-text.ts';

/** How much of the body is searched for the data of an INSERT; a server's own limit is a quarter of it. */
const HEAD_BYTES = 1024 ** 2;
/** Longest statement without data, as text. */
const MAX_STATEMENT_BYTES = 16 * 1024 ** 2;

/**
 * Runs one request. When the client has gone, a statement that only reads is ended; one that changes something runs on,
 * as on a server.
 * @throws QueryError
 */
export async function execute(running: Running, body: AsyncIterable<Buffer>): Promise<Outcome> {
  const { request } = running;
  const chunks = body[Symbol.asyncIterator]();
  const head = await readHead(Buffer.from(request.query, 'utf8'), chunks);
  const begin = head.bytes.subarray(0, HEAD_BYTES).toString('utf8');
  const statement = readStatement(begin);
  if (statement.type === 'insert')
    return insert(running, { statement: inBytes(statement, begin, head.bytes), head: head.bytes, chunks });
  const text = (await readAll(head, chunks)).toString('utf8');
  const { format, readOnly } = oneQuery(text);
  const result = await onConnection(running, readOnly, (connection) => connection.run(text, request.defaultFormat));
  return { ...result, format: format ?? request.defaultFormat, isInsert: false };
}

/** The data may be of any bytes, the statement before it has to be text. @throws QueryError when it is not. */
function inBytes(statement: InsertStatement, text: string, bytes: Buffer): InsertStatement {
  const at = (offset: number): number => byteOf(text, offset) - 1;
  const { clausesAt, formatAt, dataAt } = statement;
  if (!isUtf8(bytes.subarray(0, at(dataAt)))) throw failure('syntax', 'Syntax error: the statement is not UTF-8');
  return { ...statement, clausesAt: at(clausesAt), formatAt: at(formatAt), dataAt: at(dataAt) };
}

/** @throws QueryError for a text that is not exactly one statement that this program can run. */
function oneQuery(text: string): { readonly format: string | undefined; readonly readOnly: boolean } {
  const whole = readStatement(text);
  switch (whole.type) {
    case 'empty':
      throw failure('syntax', 'Syntax error: Empty query');
    case 'several':
      throw failure(
        'syntax',
        `Syntax error (Multi-statements are not allowed): failed at position ${byteOf(text, whole.at)}`,
      );
    case 'refused':
      throw failure('notImplemented', `${whole.what} is not allowed over HTTP`);
    case 'insert':
      throw failure('syntax', `Syntax error: an INSERT must come to its data within ${HEAD_BYTES} bytes`);
    case 'query':
      return whole;
  }
}

/** As the server counts, from 1. */
function byteOf(text: string, offset: number): number {
  return Buffer.byteLength(text.slice(0, offset)) + 1;
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
