import { createHash } from 'node:crypto';
import type { MigrationStatement, SqlRules } from '../stack/migrate.ts';
import type { Problem } from '../stack/problem.ts';
import { readHeader } from './header.ts';
import { refusedStatements } from './refused-statements.ts';
import { type Mistake, type Piece, POSTGRESQL_RULES, splitSql } from './split.ts';

/** A migration file, read and found to be right. */
export interface MigrationFile {
  /** File name without `.sql`: its identity in the ledger. */
  readonly name: string;
  readonly path: string;
  readonly version: bigint;
  /** SHA-256 of the text with LF line ends, hexadecimal. */
  readonly checksum: string;
  readonly statements: readonly MigrationStatement[];
  readonly transactional: boolean;
  readonly lockTimeoutMs: number;
  readonly requires: readonly string[];
  /** May be left out where the server lacks what it requires. */
  readonly optional: boolean;
}

export interface FileRules {
  readonly sql?: SqlRules | undefined;
  /** The server has no transactional DDL. */
  readonly withoutTransactions: boolean;
}

export type ReadFile =
  | { readonly ok: true; readonly file: MigrationFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Long enough for the locks of a busy table, short enough that those who queue up behind it hardly notice. */
const LOCK_TIMEOUT_MS = 2000;

/** Reads one migration file. Never throws for its content: mistakes are problems. Pure. */
export function readMigration(
  { name: file, path, text: raw }: { readonly name: string; readonly path: string; readonly text: string },
  rules: FileRules,
): ReadFile {
  const text = normalized(raw);
  const name = file.replace(/\.sql$/, '');
  const split = splitSql(text, rules.sql ?? POSTGRESQL_RULES);
  const { header, mistakes } = readHeader(split.comments, split.statements[0]?.offset ?? text.length);
  const transactional = !rules.withoutTransactions && header.transaction !== false;
  const found: readonly Mistake[] = [
    ...split.mistakes,
    ...mistakes,
    ...(header.transaction === true && rules.withoutTransactions ? [NO_TRANSACTIONS] : []),
    ...refusedStatements(split.statements, transactional),
    ...(split.statements.length === 0 && split.mistakes.length === 0 ? [EMPTY] : []),
  ];
  const version = /^(\d+)_[\w.-]+$/.exec(name)?.[1];
  const problems = [
    ...(version === undefined ? [{ file: path, field: '', message: NAME_RULE }] : []),
    ...found.map(({ offset, message }) => ({ file: path, ...placeOf(text, offset), field: '', message })),
  ];
  if (version === undefined || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    file: {
      name,
      path,
      version: BigInt(version),
      checksum: createHash('sha256').update(text).digest('hex'),
      statements: split.statements.map((piece) => statementOf(piece, text)),
      transactional,
      lockTimeoutMs: header.lockTimeoutMs ?? (transactional ? LOCK_TIMEOUT_MS : 0),
      requires: header.requires,
      optional: header.optional,
    },
  };
}

const NAME_RULE = 'the name must be a number, an underscore and a title: 0001_events.sql or 20260102150405_events.sql';
const EMPTY: Mistake = { offset: 0, message: 'there is no statement in this file' };
const NO_TRANSACTIONS: Mistake = {
  offset: 0,
  message: 'transaction=true: this server has no transactions for schemas',
};

/** A checkout with other line ends, or an editor's byte order mark, is no change. */
function normalized(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

function statementOf({ text, offset }: Piece, whole: string): MigrationStatement {
  return { text, ...placeOf(whole, offset) };
}

/** Line and column from 1. */
function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
