import { escapeControls } from '../../lib/escape-controls.ts';
import { writeName } from './qualified-name.ts';
import { suggestions } from './suggest.ts';
import type { Mistake } from './zod-problems.ts';

const MOST_NEAR = 3;
const MOST_LISTED = 10;

/**
 * The end of a sentence about a missing name: the name that was probably meant, or all existing ones, each as a profile would
 * write it. A name that differs only in case, or only in its schema, comes first.
 * @param written as the user wrote it. @param there the parts of every name that exists.
 */
export function whatIsThere(written: readonly string[], there: readonly (readonly string[])[]): string {
  const names = there.map((parts) => ({ parts, text: writeName(parts) }));
  const wanted = lastOf(written);
  const sameName = names.filter(({ parts }) => lastOf(parts) === wanted).map(({ text }) => text);
  return nearOrAll(
    writeName(written),
    sameName,
    names.map(({ text }) => text),
  );
}

/** The same for names without parts, in which a dot is a character as others. */
export function whichAreThere(written: string, there: readonly string[]): string {
  const wanted = written.toLowerCase();
  const sameName = there.filter((name) => name.toLowerCase() === wanted);
  return nearOrAll(written, sameName, there);
}

function nearOrAll(written: string, sameName: readonly string[], there: readonly string[]): string {
  const near = [...new Set([...sameName, ...suggestions(written, there)])];
  if (near.length > 0) return `did you mean ${near.slice(0, MOST_NEAR).map(inYaml).join(' or ')}?`;
  if (there.length === 0) return 'there is none at all';
  const listed = there.slice(0, MOST_LISTED).map(inYaml);
  return `there is ${listed.join(', ')}${there.length > MOST_LISTED ? ', …' : ''}`;
}

function lastOf(parts: readonly string[]): string {
  return (parts.at(-1) ?? '').toLowerCase();
}

/** YAML would take the quotation marks of a text that begins with them away. */
function inYaml(name: string): string {
  const text = escapeControls(name); // another program may have made it
  return text.startsWith('"') ? `'${text.replaceAll("'", "''")}'` : text;
}

/** Of a table that events are stored in: the fields of their bodies that are no columns of it. */
export function fieldsWithoutColumn(
  written: string,
  fields: readonly string[],
  columns: readonly (readonly string[])[],
): readonly Mistake[] {
  const known = new Set(columns.map(([name]) => name));
  return fields
    .filter((field) => !known.has(field))
    .map((field) => {
      const text = `the table ${written} has no column ${field} for that field of the body; names are taken exactly as they are written`;
      return { path: ['table'], part: 'value', message: `${text}: ${whatIsThere([field], columns)}` };
    });
}
