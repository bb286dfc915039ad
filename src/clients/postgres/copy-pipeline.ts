import type { Client } from 'pg';
import { serverError, sqlstateOf } from './failure.ts';

/** Runs one COPY … FROM stdin with these lines. @throws the server's error, the network's, or a timeout. */
export type CopyRows = (rows: Buffer) => Promise<void>;

/**
 * The same COPY many times over one connection. Its data leaves with the statement, before the server has asked for it, and the next one
 * before the server has answered: it reads them in their order, and drops the data of one that it has refused
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY).
 * @param limitMs for the answer, from the moment at which the server can work at it; undefined: none.
 */
export function copyPipeline(client: Client, statement: string, limitMs: number | undefined): CopyRows {
  const begin = message('Q', `${statement}\0`);
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Stream } }).connection;
  return (rows) =>
    new Promise((resolve, reject) => {
      // The driver takes answers for one after the other; by then this has been sent.
      client.query(answerTo({ limitMs, callback: (error) => (error === null ? resolve() : reject(error)) }));
      if (stream.writable) writeAll(stream, begin, rows);
    });
}

/** Errors with which the server ends the connection, whatever it was asked for: what was sent behind that it does not read. */
export function endsConnection(error: unknown): boolean {
  return /^57P0/.test(sqlstateOf(error) ?? '');
}

interface Stream {
  readonly writable: boolean;
  cork(): void;
  uncork(): void;
  write(bytes: Buffer): unknown;
}

const CHUNK_BYTES = 64 * 1024;
const END = message('c', '');

/** In pieces that stay in the caches of a processor, with one call of the system for as many as it takes. */
function writeAll(stream: Stream, begin: Buffer, rows: Buffer): void {
  stream.cork();
  stream.write(begin);
  const whole = head('d', CHUNK_BYTES);
  for (let at = 0; at < rows.length; at += CHUNK_BYTES) {
    const piece = rows.subarray(at, at + CHUNK_BYTES);
    stream.write(piece.length === CHUNK_BYTES ? whole : head('d', piece.length));
    stream.write(piece);
  }
  stream.write(END);
  stream.uncork();
}

function message(type: string, text: string): Buffer {
  const body = Buffer.from(text, 'utf8');
  return Buffer.concat([head(type, body.length), body]);
}

/** The length counts itself. */
function head(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write(type, 'latin1');
  bytes.writeInt32BE(length + 4, 1);
  return bytes;
}

/** Longer than any: the driver counts from when a statement is given to it. */
const NO_LIMIT_MS = 2 ** 31 - 1;

interface Connection {
  on(event: 'readyForQuery' | 'end', listener: () => void): unknown;
  off(event: 'readyForQuery' | 'end', listener: () => void): unknown;
}

interface Asked {
  callback: (error: Error | null) => void;
  readonly limitMs: number | undefined;
}

/** What the driver calls on a statement, which nothing is left to be sent of. */
function answerTo({ limitMs, callback }: Asked) {
  let timer: NodeJS.Timeout | undefined;
  let isDone = false;
  const answer = {
    callback,
    query_timeout: NO_LIMIT_MS,
    submit: (): void => {
      if (limitMs === undefined) return;
      timer = setTimeout(() => end(new Error('Query read timeout')), limitMs);
    },
    handleCopyInResponse: (): void => undefined,
    handleCommandComplete: (): void => {
      isDone = true;
    },
    handleReadyForQuery: (): void => end(isDone ? null : new Error('the server did not say what became of it')),
    handleError: (error: Error, connection: Connection): void => {
      if (serverError(error) === undefined || endsConnection(error)) return void end(error);
      // The driver turns to the next one when the server is ready for it.
      const told = (): void => {
        connection.off('readyForQuery', told);
        connection.off('end', told);
        end(error);
      };
      connection.on('readyForQuery', told);
      connection.on('end', told);
    },
  };
  const end = (error: Error | null): void => {
    clearTimeout(timer);
    answer.callback(error);
    answer.callback = () => undefined;
  };
  return answer;
}
