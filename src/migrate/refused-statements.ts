import type { Mistake, Piece } from './split.ts';

/** Statements that a file must not hold at all, or not as long as it is one transaction. */
export function refusedStatements(statements: readonly Piece[], transactional: boolean): readonly Mistake[] {
  return statements.flatMap(({ text, offset }) => {
    if (HARMLESS.test(text)) return [];
    const words = leadingWords(text);
    const control = CONTROL.test(words);
    if (control) return [{ offset, message: `${firstTwo(words)}: stackctl itself begins and commits` }];
    const setting = refusedSetting(words, text, transactional);
    if (setting !== undefined) return [{ offset, message: setting }];
    if (/^COPY\b[\s\S]*\bFROM\s+STDIN\b/i.test(text))
      return [{ offset, message: 'COPY … FROM STDIN: a file has no standard input; use INSERT' }];
    const found = transactional ? OUTSIDE.find(({ matches }) => matches(words, text)) : undefined;
    if (found === undefined) return [];
    const hint = found.hint ?? 'put it into a file of its own that starts with "-- stackctl: transaction=false"';
    return [{ offset, message: `${found.what} cannot run inside a transaction: ${hint}` }];
  });
}

/** What files have thousands of, and what is never refused. */
const HARMLESS = /^(INSERT|UPDATE|DELETE)\b/i;

/** Settings that stackctl cannot honour: it has read the file already, and the entry must come into its transaction. */
function refusedSetting(words: string, text: string, transactional: boolean): string | undefined {
  if (!words.startsWith('SET ')) return undefined;
  if (/^SET (SESSION |LOCAL )?STANDARD_CONFORMING_STRINGS\b/.test(words) && OFF.test(text))
    return "standard_conforming_strings = off: stackctl tells texts apart by the standard; write E'…' where a backslash escapes";
  if (
    /^SET (SESSION |LOCAL )?(CLIENT_ENCODING|NAMES)\b/.test(words) &&
    !/\b(UTF_?-?8|UNICODE)\b|\bDEFAULT\b/i.test(text)
  )
    return 'another client_encoding: the file is UTF-8 and is sent as such; leave this out';
  const isReadOnly =
    /^SET TRANSACTION\b.*\bREAD ONLY\b/.test(words) || /^SET (SESSION |LOCAL )?TRANSACTION_READ_ONLY\b/.test(words);
  if (transactional && isReadOnly && !(OFF.test(text) && !/\bREAD\s+ONLY\b/i.test(text)))
    return 'a transaction that is read-only cannot be entered into the ledger: leave this out, or start the file with "-- stackctl: transaction=false"';
  return undefined;
}

const OFF = /(?:=|\bTO)\s*'?(?:off|of|false|fals|fal|fa|f|no|n|0)'?\s*$/i;

/** END ends a transaction too; PREPARE alone makes a prepared statement. */
const CONTROL = /^(BEGIN|COMMIT|ROLLBACK|ABORT|END|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)\b/;

interface Outside {
  readonly what: string;
  readonly matches: (words: string, text: string) => boolean;
  readonly hint?: string;
}

/**
 * What PostgreSQL and TimescaleDB refuse inside a transaction block with SQLSTATE 25001. Continuous aggregates are in
 * the list only with data: `WITH NO DATA` is fine.
 */
const OUTSIDE: readonly Outside[] = [
  starts('CREATE INDEX CONCURRENTLY', /^CREATE (UNIQUE )?INDEX CONCURRENTLY\b/),
  starts('DROP INDEX CONCURRENTLY', /^DROP INDEX CONCURRENTLY\b/),
  starts('REINDEX CONCURRENTLY', /^REINDEX\b.*\bCONCURRENTLY\b/),
  starts('VACUUM', /^VACUUM\b/),
  starts('DISCARD ALL', /^DISCARD ALL\b/),
  starts('ALTER SYSTEM', /^ALTER SYSTEM\b/),
  starts('CREATE DATABASE', /^CREATE DATABASE\b/),
  starts('DROP DATABASE', /^DROP DATABASE\b/),
  starts('CREATE TABLESPACE', /^CREATE TABLESPACE\b/),
  starts('DROP TABLESPACE', /^DROP TABLESPACE\b/),
  {
    what: 'a continuous aggregate with data',
    matches: (words, text) =>
      /^CREATE MATERIALIZED VIEW\b/.test(words) &&
      /\btimescaledb\.continuous\b/i.test(text) &&
      !/\bWITH\s+NO\s+DATA\s*$/i.test(text),
    hint: 'end it with WITH NO DATA and add a refresh policy',
  },
  calls('refresh_continuous_aggregate'),
  calls('merge_chunks'),
  calls('reorder_chunk'),
  calls('move_chunk'),
  {
    what: 'an index with timescaledb.transaction_per_chunk',
    matches: (words, text) => /^CREATE INDEX\b/.test(words) && /\btimescaledb\.transaction_per_chunk\b/i.test(text),
  },
];

function starts(what: string, pattern: RegExp): Outside {
  return { what, matches: (words) => pattern.test(words) };
}

function calls(name: string): Outside {
  const pattern = new RegExp(`^(SELECT|CALL)\\b[^']*\\b${name}\\s*\\(`, 'i');
  return { what: name, matches: (_words, text) => pattern.test(text) };
}

/** The first words in upper case with single spaces; comments between them are left out. Reads no further than that. */
function leadingWords(text: string): string {
  const words: string[] = [];
  const part = new RegExp(PART);
  for (let found = part.exec(text); found !== null && words.length < 8; found = part.exec(text)) {
    if (found.groups?.word !== undefined) words.push(found.groups.word.toUpperCase());
  }
  return words.join(' ');
}

const PART = /--[^\r\n]*|\/\*[\s\S]*?\*\/|(?<word>\w+)|[^\w/-]+|[/-]/gy;

function firstTwo(words: string): string {
  return /^(START|PREPARE) /.test(words) ? words.split(' ').slice(0, 2).join(' ') : (words.split(' ')[0] ?? '');
}
