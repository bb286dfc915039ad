import type { SqlMistake, SqlPiece } from '../../../../stack/contract/migrate.ts';
import { refusedSetting } from './refused-settings.ts';

/** A statement that the server refuses inside a transaction (SQLSTATE 25001). */
export interface OutsideTransaction {
  readonly what: string;
  /** @param words the first words in upper case, comments left out. @param text the whole statement. */
  readonly matches: (words: string, text: string) => boolean;
  /** What to write instead; default: a file of its own without a transaction. */
  readonly hint?: string;
}

/**
 * Statements that a file must not hold at all, or not as long as it is one transaction. Pure.
 * @param more what an extension adds to PostgreSQL's own list.
 */
export function refusedStatements(
  statements: readonly SqlPiece[],
  transactional: boolean,
  more: readonly OutsideTransaction[] = [],
): readonly SqlMistake[] {
  return statements.flatMap(({ text, offset }) => {
    if (HARMLESS.test(text)) return [];
    const message = refusal(text, transactional, [...OUTSIDE, ...more]);
    return message === undefined ? [] : [{ offset, message }];
  });
}

/** Never refused, and there may be thousands of them. */
const HARMLESS = /^(INSERT|UPDATE|DELETE)\b/i;

function refusal(text: string, transactional: boolean, outside: readonly OutsideTransaction[]): string | undefined {
  const words = leadingWords(text);
  if (CONTROL.test(words)) return `${firstTwo(words)}: stackctl itself begins and commits`;
  const setting = refusedSetting(words, text, transactional);
  if (setting !== undefined) return setting;
  if (/^COPY\b[\s\S]*\bFROM\s+STDIN\b/i.test(text))
    return 'COPY … FROM STDIN: a file has no standard input; use INSERT';
  const found = transactional ? outside.find(({ matches }) => matches(words, text)) : undefined;
  if (found === undefined) return undefined;
  const hint = found.hint ?? 'put it into a file of its own that starts with "-- stackctl: transaction=false"';
  return `${found.what} cannot run inside a transaction: ${hint}`;
}

/** END ends a transaction too; PREPARE alone makes a prepared statement. */
const CONTROL = /^(BEGIN|COMMIT|ROLLBACK|ABORT|END|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)\b/;

const OUTSIDE: readonly OutsideTransaction[] = [
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
];

function starts(what: string, pattern: RegExp): OutsideTransaction {
  return { what, matches: (words) => pattern.test(words) };
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
