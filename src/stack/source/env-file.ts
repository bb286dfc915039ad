/** Variables in a file of lines `NAME=value`, as programs for developers write them. Pure. */
import { placeFinder } from '../../lib/text-place.ts';

export interface EnvFileMistake {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface EnvFile {
  /** Of a name that is there twice, the last one. */
  readonly variables: ReadonlyMap<string, string>;
  readonly mistakes: readonly EnvFileMistake[];
}

const BLANKS = /[ \t\n]*/y;
const NAME = /(?:export[ \t]+)?([^\s=#'"`]+)[ \t]*(=?)[ \t]*/y;
const VARIABLE = /^[A-Za-z_]\w*$/;
const REST_OF_LINE = /[^\n]*/y;
/** What may stand behind a value in quotes. */
const END = /[ \t]*(?:#[^\n]*)?(?=\n|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * The syntax that `node --env-file`, the npm package dotenv and Compose agree on: `export` before a name, `#` comments, values in single
 * quotes as they stand, in double quotes with escapes (`\\n`), both over several lines. What they read differently without quotes (a `#`
 * without a blank before it) is a mistake. `$` is a character like any other: nothing is filled in.
 */
export function parseEnvFile(given: string): EnvFile {
  const text = given.replaceAll(/\r\n?/g, '\n');
  const place = placeFinder(text);
  const variables = new Map<string, string>();
  const mistakes: EnvFileMistake[] = [];
  for (let at = 0; at < text.length; ) {
    BLANKS.lastIndex = at;
    const start = at + (BLANKS.exec(text)?.[0].length ?? 0);
    if (start >= text.length) break;
    const entry = text[start] === '#' ? undefined : entryAt(text, start);
    if (entry?.message !== undefined) mistakes.push({ ...place(entry.at), message: entry.message });
    else if (entry !== undefined) variables.set(entry.name, entry.value);
    at = lineEnd(text, entry?.end ?? start);
  }
  return { variables, mistakes };
}

type Entry =
  | { readonly name: string; readonly value: string; readonly end: number; readonly message?: never }
  | { readonly message: string; readonly at: number; readonly end: number };

function entryAt(text: string, start: number): Entry {
  NAME.lastIndex = start;
  const [head = '', name = '', equals] = NAME.exec(text) ?? [];
  if (equals !== '=') return { message: 'must be NAME=value', at: start, end: start };
  const from = start + head.length;
  if (!VARIABLE.test(name)) {
    const message = 'the name must be letters, digits and underscores, and begin with no digit';
    return { message, at: start, end: from };
  }
  const quote = text[from];
  const isQuoted = quote === "'" || quote === '"' || quote === '`';
  return isQuoted ? quoted(text, name, from, quote) : unquoted(text, name, from);
}

function quoted(text: string, name: string, from: number, quote: string): Entry {
  let end = from + 1;
  while (end < text.length && text[end] !== quote) end += quote === '"' && text[end] === '\\' ? 2 : 1;
  if (end >= text.length) return { message: `the quote ${quote} is not closed`, at: from, end: from };
  END.lastIndex = end + 1;
  if (!END.test(text)) return { message: 'there is text behind the closing quote', at: end + 1, end: end + 1 };
  const inner = text.slice(from + 1, end);
  return { name, value: quote === '"' ? unescaped(inner) : inner, end };
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\([\s\S])/g,
    (whole, letter: string) => ESCAPES[letter] ?? (/["\\$`]/.test(letter) ? letter : whole),
  );
}

function unquoted(text: string, name: string, from: number): Entry {
  REST_OF_LINE.lastIndex = from;
  const line = REST_OF_LINE.exec(text)?.[0] ?? '';
  const value = line.replace(/(?:^|[ \t])#.*$/, '').trimEnd();
  const hash = value.indexOf('#');
  const at = line.startsWith('#') ? from : from + hash;
  if (hash >= 0 || (line.startsWith('#') && text[from - 1] === '=')) {
    return { message: 'readers of such files differ about this #: put the value in quotes', at, end: from };
  }
  return { name, value, end: from };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}
