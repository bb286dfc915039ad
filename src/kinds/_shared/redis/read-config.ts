/**
 * redis.conf and sentinel.conf as the server reads them (`loadServerConfigFromString` and `sdssplitargs` of Redis 7):
 * lines end with LF, white space around one is dropped, the name of a directive has no case, arguments may be quoted.
 */

/** One argument with its quotes and escapes undone. */
export interface ConfigArgument {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

export interface ConfigLine {
  /** From 1. */
  readonly line: number;
  /** Where the line's text begins; from 1. */
  readonly column: number;
  /** Lower case, an old name as the new one: `slaveof` is `replicaof`. */
  readonly name: string;
  /** Without the name. Undefined: a quote is never closed, and the server refuses the file. */
  readonly args: readonly ConfigArgument[] | undefined;
}

/** Every line that is neither empty nor a comment. Included files are not read. */
export function readConfig(text: string): readonly ConfigLine[] {
  return text.split('\n').flatMap((raw, index): readonly ConfigLine[] => {
    const trimmed = raw.replace(/^[ \t\r]+/, '');
    const start = raw.length - trimmed.length;
    const body = trimmed.replace(/[ \t\r]+$/, '');
    if (body === '' || body.startsWith('#')) return [];
    const words = splitArguments(body);
    if (words !== undefined && words.length === 0) return [];
    const place = { line: index + 1, column: start + 1 };
    if (words === undefined) return [{ ...place, name: currentName(body.split(SPACE, 1)[0] ?? ''), args: undefined }];
    const [name, ...args] = words.map((word) => ({ text: word.text, column: start + word.column }));
    return [{ ...place, name: currentName(name?.text ?? ''), args }];
  });
}

/** White space for `isspace` of C; `\\s` has more characters. */
const SPACE = /[ \t\n\v\f\r]/;

/** The arguments of one line; undefined when a quote is not closed, or text follows a closing quote without a space. */
function splitArguments(body: string): readonly ConfigArgument[] | undefined {
  const found: ConfigArgument[] = [];
  let at = 0;
  for (;;) {
    while (SPACE.test(body[at] ?? '')) at++;
    if (at >= body.length) return found;
    const word = readWord(body, at);
    if (word === undefined) return undefined;
    found.push({ text: word.text, column: at + 1 });
    at = word.end;
  }
}

/** One argument from `start` on. A quote may also begin inside of it. */
function readWord(body: string, start: number): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  let at = start;
  while (at < body.length && !/[ \n\r\t]/.test(body[at] ?? '')) {
    const char = body[at] ?? '';
    if (char !== '"' && char !== "'") {
      text += char;
      at++;
      continue;
    }
    const quoted = readQuoted(body, at + 1, char);
    const after = body[quoted?.end ?? 0];
    if (quoted === undefined || (after !== undefined && !SPACE.test(after))) return undefined;
    return { text: text + quoted.text, end: quoted.end };
  }
  return { text, end: at };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

function readQuoted(
  body: string,
  start: number,
  quote: string,
): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  let at = start;
  while (at < body.length) {
    const char = body[at] ?? '';
    if (char === quote) return { text, end: at + 1 };
    const next = body[at + 1];
    // Bytes, which together may be characters of UTF-8.
    const bytes = quote === '"' ? /^(?:\\x[0-9a-fA-F]{2})+/.exec(body.slice(at))?.[0] : undefined;
    if (bytes !== undefined) {
      text += Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString('utf8');
      at += bytes.length;
    } else if (char === '\\' && next !== undefined && (quote === '"' || next === "'")) {
      text += quote === '"' ? (ESCAPES[next] ?? next) : next;
      at += 2;
    } else {
      text += char;
      at++;
    }
  }
  return undefined;
}

/** Directives have older names (`slaveof`), and Valkey gives some of them newer ones. */
function currentName(name: string): string {
  return name
    .toLowerCase()
    .replace(/slave/g, 'replica')
    .replace(/^primary(?=auth$|user$)/, 'master');
}

/** The last line of a directive: the server uses that one where it takes one value. */
export function lastOf(lines: readonly ConfigLine[], name: string): ConfigLine | undefined {
  return lines.findLast((line) => line.name === name && line.args !== undefined);
}

/** The arguments as one text, e.g. `127.0.0.1 -::1`. */
export function argumentText({ args = [] }: ConfigLine): string {
  return args.map(({ text }) => text).join(' ');
}
