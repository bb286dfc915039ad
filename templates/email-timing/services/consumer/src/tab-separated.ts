/** Rows as ClickHouse reads them fastest of what is text: https://clickhouse.com/docs/interfaces/formats/TabSeparated. Pure. */
import type { EventRow } from './batch.ts';

export const COLUMNS = ['event_id', 'universal_id', 'event_type', 'timestamp', 'provider', 'metadata'] as const;

const SPECIAL = /[\\\t\n\r]/;
const EVERY_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One line, with its end. Of a checked event only the metadata can have what has to be escaped. */
export function tabSeparated({ event_id, universal_id, event_type, timestamp, provider, metadata }: EventRow): string {
  return `${event_id}\t${universal_id}\t${event_type}\t${timestamp}\t${provider}\t${escaped(metadata)}\n`;
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character] ?? character) : text;
}
