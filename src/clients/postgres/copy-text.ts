/** Values as COPY reads them in its text format (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). Pure. */

import { textBytes } from '../../lib/text-bytes.ts';
import { fieldText, type TrafficEvent } from '../../stack/contract/traffic-event.ts';

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r]/;
const EVERY_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A line for each event. @param expected bytes of all, about. */
export function copyRows(events: readonly TrafficEvent[], fields: readonly string[], expected: number): Buffer {
  return textBytes(events.length, (index) => rowOf(events[index] as TrafficEvent, fields), expected);
}

function rowOf(event: TrafficEvent, fields: readonly string[]): string {
  if (event.isPlain !== true) return copyRow(fields.map((field) => fieldText(event, field)));
  let line = '';
  for (let index = 0; index < fields.length; index++) {
    const text = fieldText(event, fields[index] as string) ?? NULL;
    line += index === 0 ? text : `\t${text}`;
  }
  return `${line}\n`;
}

/** One line for a row, with its end. Undefined and null: NULL. What is no text, number or truth value is written as JSON. */
export function copyRow(values: readonly unknown[]): string {
  let line = '';
  for (let index = 0; index < values.length; index++) line += (index === 0 ? '' : '\t') + copyValue(values[index]);
  return `${line}\n`;
}

function copyValue(value: unknown): string {
  if (value === undefined || value === null) return NULL;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character] ?? character) : text;
}
