import pg from 'pg';
import { ID_BYTES, type Row } from './row.ts';

/** What pg hands to a query while the server waits for data; its types do not have it. */
interface CopyConnection {
  readonly stream: { write(bytes: Buffer): void };
}

const COPY = 'COPY events (time, event_id, event_type, user_id, properties) FROM STDIN';
const TAB = 9;
const NEWLINE = 10;
const BACKSLASH = 92;
const LETTER_N = 78;
/** What is written behind a backslash for this byte; 0 for what stays as it is. */
const ESCAPES = Uint8Array.from({ length: 256 }, (_, byte) => '\\\\\tt\nn\rr'.charCodeAt(escapeAt(byte)) || 0);

function escapeAt(byte: number): number {
  const at = '\\\\\tt\nn\rr'.indexOf(String.fromCharCode(byte));
  return at % 2 === 0 ? at + 1 : -1;
}

/**
 * Stores all rows or none. The server takes several of them into a page and an index at once, where INSERT takes them one by one.
 * @throws the server's error, as `client.query` does; one row that is there already is enough for that.
 */
export function copyRows(client: pg.ClientBase, rows: readonly Row[]): Promise<void> {
  const messages = copyMessages(rows);
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null): void => (error === null ? resolve() : reject(error));
    const handleCopyInResponse = ({ stream }: CopyConnection): void => stream.write(messages);
    client.query(Object.assign(new pg.Query(COPY), { callback, handleCopyInResponse }));
  });
}

/** Of the messages CopyData and CopyDone: a mark, and the bytes that follow with these four. */
const HEAD_BYTES = 5;
/** Four tabs, `\N`, and the end of a line. */
const MORE_BYTES = 7;

/**
 * All rows in one message CopyData, and CopyDone (https://www.postgresql.org/docs/current/protocol-message-formats.html), made where they are
 * sent from: a general writer would copy them again. Pure.
 */
export function copyMessages(rows: readonly Row[]): Buffer {
  const out = Buffer.allocUnsafeSlow(rows.reduce((sum, row) => sum + mostBytes(row), 2 * HEAD_BYTES));
  let at = HEAD_BYTES;
  for (const row of rows) at = writeRow(out, at, row);
  out[0] = 'd'.charCodeAt(0);
  out.writeUInt32BE(at - 1, 1);
  out[at] = 'c'.charCodeAt(0);
  out.writeUInt32BE(4, at + 1);
  return out.subarray(0, at + HEAD_BYTES);
}

function mostBytes({
  time,
  timeEnd,
  eventType,
  eventTypeEnd,
  userId,
  userIdEnd,
  properties,
  propertiesEnd,
}: Row): number {
  const escaped = eventTypeEnd - eventType + userIdEnd - userId + propertiesEnd - Math.max(0, properties);
  return timeEnd - time + ID_BYTES + 2 * escaped + MORE_BYTES;
}

/** Time and id were checked: nothing of them has to be escaped. */
function writeRow(out: Uint8Array, from: number, row: Row): number {
  const { bytes } = row;
  let at = writePlain(out, from, bytes, row.time, row.timeEnd);
  out[at++] = TAB;
  at = writePlain(out, at, bytes, row.eventId, row.eventId + ID_BYTES);
  out[at++] = TAB;
  at = writeEscaped(out, at, bytes, row.eventType, row.eventTypeEnd);
  out[at++] = TAB;
  at = writeEscaped(out, at, bytes, row.userId, row.userIdEnd);
  out[at++] = TAB;
  if (row.properties === -1) {
    out[at++] = BACKSLASH;
    out[at++] = LETTER_N;
  } else at = writeEscaped(out, at, bytes, row.properties, row.propertiesEnd);
  out[at++] = NEWLINE;
  return at;
}

function writePlain(out: Uint8Array, to: number, bytes: Uint8Array, from: number, end: number): number {
  let at = to;
  for (let place = from; place < end; place++) out[at++] = bytes[place] ?? 0;
  return at;
}

function writeEscaped(out: Uint8Array, to: number, bytes: Uint8Array, from: number, end: number): number {
  let at = to;
  for (let place = from; place < end; place++) {
    const byte = bytes[place] ?? 0;
    const letter = ESCAPES[byte] ?? 0;
    if (letter === 0) out[at++] = byte;
    else {
      out[at++] = BACKSLASH;
      out[at++] = letter;
    }
  }
  return at;
}
