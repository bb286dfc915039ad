/** What a kind offers to `stackctl migrate`: a ledger in the server itself, a lock, and a way to apply one file. */
import { placeFinder } from '../../lib/text-place.ts';
import type { ServiceInput } from './model.ts';

export interface MigratorCapability<Options = unknown> {
  readonly sql: SqlDialect;
  /** Nothing that defines a schema is transactional here: every file must be one that can run again after a failure. */
  readonly withoutTransactions?: true;
  /** Waits until the server takes connections. @throws E_NOT_READY with the server's last answer when `signal` aborts. */
  connect(input: ServiceInput<Options>, signal: AbortSignal): Promise<MigrationSession>;
}

/** The SQL of a kind of server, as far as files are read without a server. */
export interface SqlDialect {
  readonly rules: SqlRules;
  /** Statements that a file must not hold. Pure. @param transactional the file runs in one transaction. */
  refused?(statements: readonly SqlPiece[], transactional: boolean): readonly SqlMistake[];
}

/** A part of a file's text and where it starts, counted in characters from 0. */
export interface SqlPiece {
  readonly text: string;
  readonly offset: number;
}

export interface SqlMistake {
  readonly offset: number;
  readonly message: string;
}

/** How statements are separated. Standard SQL is always understood: '…' with '' inside, "…", -- and block comments. */
export interface SqlRules {
  /** A backslash in '…' escapes the next character. */
  readonly backslashEscapes: boolean;
  /** E'…' is a text in which a backslash escapes the next character. */
  readonly escapeTexts: boolean;
  /** $$…$$ and $name$…$name$ quote a text. */
  readonly dollarQuotes: boolean;
  /** `…` quotes a name. */
  readonly backticks: boolean;
  /** # starts a comment that ends with its line. */
  readonly hashComments: boolean;
  /** A CR without LF ends such a comment and one of --; otherwise only LF does. */
  readonly crEndsComments: boolean;
  /** Block comments nest. */
  readonly nestedComments: boolean;
  /** Matches the first words (lower case, one space between) of a statement with bodies: BEGIN … END, full of semicolons. */
  readonly bodyStart?: RegExp;
  /** A program whose commands begin with a backslash; the server does not know them. */
  readonly clientProgram?: string;
}

export interface MigrationSession {
  /** What was applied, in the order of application; empty also when there is no ledger yet. Changes nothing. */
  applied(): Promise<readonly LedgerEntry[]>;
  /**
   * Takes the lock of this database, polling, never waiting inside the server. `onWait` gets the holder.
   * @throws E_LOCKED naming the holder at the deadline.
   */
  lock(signal: AbortSignal, onWait: (holder: string) => void): Promise<void>;
  /** Features of the server that files may require, e.g. `timescaledb`, `timescaledb-tsl`, `pg>=16`. Undefined: has it. */
  missing(requirement: string): Promise<string | undefined>;
  /**
   * Settings that server, database or role have for applications and that do not bind the files of this session, in
   * words, e.g. `statement_timeout=1s (ALTER ROLE shop)`. Absent: the server has no such settings.
   */
  lifted?(): Promise<readonly string[]>;
  /**
   * Applies one file and enters it into the ledger: together, or not at all. A file that is not transactional is entered
   * as `running` before its first statement and as `applied` or `failed` after it. An entry of the same name that is
   * not `applied` (`unavailable`, `running`, `failed`) is replaced; the file runs from its first statement.
   * @throws E_MIGRATION_BLOCKED naming who holds the lock when a transactional file could not get one in time, or was
   * the victim of a deadlock (PostgreSQL: 55P03, 40P01): nothing of it was done, and the caller tries again.
   * @throws E_MIGRATION_FAILED for anything else, with `path:line:column` (`placeInFile`) and the server's words.
   */
  apply(migration: PendingMigration, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface LedgerEntry {
  /** File name without `.sql`. */
  readonly name: string;
  /** SHA-256 of the text with LF line ends, hexadecimal. */
  readonly checksum: string;
  /** `unavailable`: what the file requires is not in this server, and the file allows that. */
  readonly state: 'applied' | 'unavailable' | 'running' | 'failed';
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
  readonly durationMs: number;
}

export interface PendingMigration {
  readonly name: string;
  readonly path: string;
  readonly checksum: string;
  readonly statements: readonly MigrationStatement[];
  /** All statements and the ledger entry in one transaction. */
  readonly transactional: boolean;
  /** How long a statement may wait for a lock; 0: as long as it takes (building an index waits for old snapshots). */
  readonly lockTimeoutMs: number;
  /** Set when a requirement is missing and the file may be left out: only the ledger entry is written. */
  readonly unavailable: string | undefined;
}

export interface MigrationStatement {
  readonly text: string;
  /** Of its first character in the file, from 1. */
  readonly line: number;
  readonly column: number;
}

/** Where the character at `offset` (from 0) of a statement stands in its file, line and column from 1. */
export function placeInFile(statement: MigrationStatement, offset: number): { line: number; column: number } {
  const { line, column } = placeFinder(statement.text)(offset);
  return { line: statement.line + line - 1, column: line === 1 ? statement.column + column - 1 : column };
}
