/**
 * Names of tables and columns as a profile writes them. They are taken exactly as they are written, upper and lower case
 * included, and go into SQL quoted. `Order`; `sales.Order`; a part that has a dot or a quotation mark in double quotes, as
 * in SQL: `"sales.Order"`, `sales."5"" disk"`. Pure.
 */
import * as z from 'zod';

export type ParsedName =
  | { readonly parts: readonly string[] }
  | {
      /** What is wrong, as the rest of a sentence. */
      readonly problem: string;
    };

/** Quoted, with doubled quotation marks inside; or anything without dots and quotation marks. */
const PART = /"((?:[^"\0]|"")+)"|([^".\0]+)/y;

/** @param most how many parts there may be: 2 for a table with its schema, 1 for a column. */
export function parseName(text: string, most: number): ParsedName {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    PART.lastIndex = at;
    const found = PART.exec(text);
    if (found === null)
      return { problem: 'must be a name; one that has a dot or a quotation mark is written "like.this"' };
    const [whole, quoted, plain] = found;
    parts.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (at === text.length) break;
    if (text[at] !== '.') return { problem: 'has something behind a closing quotation mark that is no dot' };
    at += 1;
  }
  return parts.length <= most
    ? { parts }
    : { problem: `has ${parts.length} parts and may have ${most}; a name that has a dot is written "like.this"` };
}

/** The other way round: how a profile writes these parts. */
export function writeName(parts: readonly string[]): string {
  return parts.map((part) => (/[".]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.');
}

export interface WrittenName {
  readonly written: string;
  readonly parts: readonly string[];
}

/** Setting of a profile: a table with or without its schema (database, in ClickHouse). */
export const tableName = nameOf(2);
/** Setting of a profile: a column; its name is the only part. */
export const columnName = nameOf(1);

function nameOf(most: number) {
  return z.string().transform((written, context): WrittenName => {
    const name = parseName(written, most);
    if ('parts' in name) return { written, parts: name.parts };
    context.addIssue({ code: 'custom', message: name.problem });
    return z.NEVER;
  });
}
