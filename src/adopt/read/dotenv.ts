/** `.env` and env files as Compose reads them: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/. Pure. */
import { interpolate, type Lookup } from './interpolate.ts';

export interface DotenvFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface Dotenv {
  readonly variables: ReadonlyMap<string, string>;
  readonly faults: readonly DotenvFault[];
}

const LINE = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:[=:]\s*(.*))?$/s;

/** @param outside variables from elsewhere, for `${NAME}`; what the file says itself comes after them. */
export function parseDotenv(text: string, outside: Lookup): Dotenv {
  const variables = new Map<string, string>();
  const faults: DotenvFault[] = [];
  const lookup: Lookup = (name) => outside(name) ?? variables.get(name);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const first = index;
    const [, name, raw] = LINE.exec(line) ?? [];
    if (name === undefined) {
      faults.push({ line: first + 1, message: 'is no line NAME=value' });
      continue;
    }
    if (raw === undefined) {
      const given = outside(name);
      if (given !== undefined) variables.set(name, given);
      continue;
    }
    const quote = raw[0];
    let value = raw;
    // A quoted value may go on over lines.
    while ((quote === '"' || quote === "'") && closing(value, quote) === -1 && index + 1 < lines.length) {
      index++;
      value += `\n${lines[index] ?? ''}`;
    }
    const read = readValue(value, lookup);
    if (read.fault !== undefined) faults.push({ line: first + 1, message: read.fault });
    variables.set(name, read.text);
  }
  return { variables, faults };
}

function readValue(raw: string, lookup: Lookup): { readonly text: string; readonly fault?: string } {
  const quote = raw[0];
  if (quote === "'" || quote === '"') {
    const end = closing(raw, quote);
    if (end === -1) return { text: raw, fault: `has no ${quote} at its end` };
    const inner = raw.slice(1, end);
    return quote === "'" ? { text: inner } : filled(unescaped(inner), lookup);
  }
  return filled(raw.replace(/(^|\s)#.*$/, '').trimEnd(), lookup);
}

/** Index of the quote that ends the value. */
function closing(raw: string, quote: string): number {
  for (let index = 1; index < raw.length; index++) {
    if (raw[index] === '\\') index++;
    else if (raw[index] === quote) return index;
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** `\$` is a `$` that no variable begins with. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (whole, char: string) => (char === '$' ? '$$' : (ESCAPES[char] ?? whole)));
}

function filled(text: string, lookup: Lookup): { readonly text: string; readonly fault?: string } {
  const read = interpolate(text, lookup);
  return 'fault' in read ? { text, fault: read.fault } : { text: read.text };
}
