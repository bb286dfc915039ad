import pg from 'pg';
import type { EventRow } from './event.ts';

/** What pg hands to a query while the server waits for data; its types do not have it. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const COPY = 'COPY events (time, event_id, event_type, user_id, properties) FROM STDIN';
const SPECIAL = /[\\\t\n\r]/;
const EVERY_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Stores all rows or none. The server takes several of them into a page and an index at once, where INSERT takes them one by one.
 * @throws the server's error, as `client.query` does; one row that is there already is enough for that.
 */
export function copyRows(client: pg.ClientBase, rows: readonly EventRow[]): Promise<void> {
  const data = Buffer.from(rows.map(line).join(''), 'utf8');
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null): void => (error === null ? resolve() : reject(error));
    const handleCopyInResponse = (connection: CopyConnection): void => {
      connection.sendCopyFromChunk(data);
      connection.endCopyFrom();
    };
    client.query(Object.assign(new pg.Query(COPY), { callback, handleCopyInResponse }));
  });
}

/** Time and id were checked: nothing of them has to be escaped. */
function line({ time, eventId, eventType, userId, properties }: EventRow): string {
  return `${time}\t${eventId}\t${escaped(eventType)}\t${escaped(userId)}\t${properties === null ? '\\N' : escaped(properties)}\n`;
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character] ?? character) : text;
}
