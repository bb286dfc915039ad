import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Outcome, Running } from './front.ts';
import { onConnection } from './on-connection.ts';
import { quoted } from './request.ts';
import type { InsertStatement } from './sql-text.ts';

export interface InsertInput {
  /** Its offsets count bytes. */
  readonly statement: InsertStatement;
  /** The beginning of the request, with the statement in it. */
  readonly head: Buffer;
  /** The rest of the data. */
  readonly chunks: AsyncIterator<Buffer>;
}

/**
 * Inserts through a file, whatever the format of the data: the engine reads data inside a statement only up to the first
 * empty line and would run the rest as SQL. Nothing is inserted before the body is complete.
 */
export async function insert(running: Running, { statement, head, chunks }: InsertInput): Promise<Outcome> {
  const file = running.front.nextFile();
  try {
    await spool(file, head.subarray(statement.dataAt), chunks);
    running.signal.throwIfAborted();
    const before = head.subarray(0, statement.clausesAt).toString('utf8');
    const clauses = head.subarray(statement.clausesAt, statement.formatAt).toString('utf8');
    const sql = `${before} FROM INFILE ${quoted(file)} COMPRESSION 'none' ${clauses} FORMAT ${statement.format}`;
    const result = await onConnection(running, false, (connection) => connection.run(sql));
    return { ...result, format: running.request.defaultFormat, isInsert: true };
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
