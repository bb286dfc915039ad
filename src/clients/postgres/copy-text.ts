/** Values as COPY reads them in its text format (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). Pure. */

const SPECIAL = /[\\\t\n\r]/;
const EVERY_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One line for a row, with its end. Undefined and null: NULL. What is no text, number or truth value is written as JSON. */
export function copyRow(values: readonly unknown[]): string {
  let line = '';
  for (let index = 0; index < values.length; index++) line += (index === 0 ? '' : '\t') + copyValue(values[index]);
  return `${line}\n`;
}

function copyValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = columnText(value);
  if (text === null) return '\\N';
  return SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character] ?? character) : text;
}

/** What the input function of the column's type is given. Null: NULL. */
export function columnText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
