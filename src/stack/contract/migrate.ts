/** What a kind offers to `stackctl migrate`: a ledger in the server itself, a lock, and a way to apply one file. */
import { placeFinder } from '../../lib/text-place.ts';
import type { ApplyHooks, TogetherHooks } from './apply-hooks.ts';
import type { ForeignLedger } from './foreign-ledger.ts';
import type { Amendment, LedgerBrief, LedgerEntry, LedgerEvent } from './ledger.ts';
import type { LintFinding, LintPart } from './lint.ts';
import type { ServiceInput } from './model.ts';
import type { Requirement } from './requirement.ts';
import type { SchemaDumpOptions, SchemaObject } from './schema.ts';

export interface MigratorCapability<Options = unknown> {
  readonly sql: SqlDialect;
  /** What files may name behind `requires=`. */
  readonly requirements: readonly Requirement[];
  /** Nothing that defines a schema is transactional here: every file must be one that can run again after a failure. */
  readonly withoutTransactions?: true;
  /** Waits until the server takes connections. @throws E_NOT_READY with the server's last answer when `signal` aborts. */
  connect(input: ServiceInput<Options>, signal: AbortSignal): Promise<MigrationSession>;
  /**
   * Makes an empty database to apply files to; those of killed runs are removed first. Absent: the server has none.
   * @throws E_NOT_READY; E_MIGRATION_UNAVAILABLE with the statement that grants what the user lacks.
   */
  shadow?(input: ServiceInput<Options>, signal: AbortSignal): Promise<Shadow>;
  /** What other migration tools have noted in the database. Changes nothing. @throws when the server does not answer. */
  foreignLedgers?(input: ServiceInput<Options>): Promise<readonly ForeignLedger[]>;
}

/** The SQL of a kind of server, as far as files are read without a server. */
export interface SqlDialect {
  /** Cuts a text into its statements, as the server reads it. Linear, never throws: what is wrong is a mistake. Pure. */
  split(text: string): SplitText;
  /** Statements that a file must not hold. Pure. */
  refused?(statements: readonly SqlPiece[], part: PartRules): readonly SqlMistake[];
  /** Whether the server runs a statement only outside of a transaction, as far as its text says. Pure. */
  onlyOutside?(statement: Pick<SqlPiece, 'text'>): boolean;
  /** What hurts a table that is large or in use. Pure. */
  lint?(statements: readonly SqlPiece[], part: LintPart): readonly LintFinding[];
}

/** What a file says about statements that run together. */
export interface PartRules {
  /** All of them run in one transaction. */
  readonly transactional: boolean;
  /** They may be such that cannot run twice. */
  readonly once: boolean;
}

export interface SplitText {
  /** In their order, without the semicolon, without comments around them, with those inside. */
  readonly statements: readonly SqlPiece[];
  /** All of them in their order, also those inside of statements, with the marks that make them a comment. */
  readonly comments: readonly TextPiece[];
  readonly mistakes: readonly SqlMistake[];
}

/** A part of a file's text and where it starts, counted in characters from 0. */
export interface TextPiece {
  readonly text: string;
  readonly offset: number;
}

/** A statement. */
export interface SqlPiece extends TextPiece {
  /** PostgreSQL's COPY … FROM stdin: the lines of the file that are its data, with their line ends. */
  readonly copyData?: TextPiece;
}

export interface SqlMistake {
  readonly offset: number;
  readonly message: string;
}

/**
 * A connection to one database and its ledger. What changes the ledger needs the lock. The optional methods are absent
 * where a server cannot do it. Hints name the command to run again as `stackctl migrate up` between backticks: the feature
 * puts the one that was run in its place.
 */
export interface MigrationSession {
  /** The ledger, in the order of application; empty also when there is none yet. Changes nothing. */
  applied(): Promise<readonly LedgerEntry[]>;
  /**
   * What `applied` says, in short, read at one instant. Changes nothing. Absent, or undefined: `applied` has to be asked.
   * @param newest how many of the last entries are wanted.
   */
  brief?(newest: number): Promise<LedgerBrief | undefined>;
  /** What was done beside applying files, oldest first; empty also when nothing was. Changes nothing. */
  events?(): Promise<readonly LedgerEvent[]>;
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
  /** Objects of this database that are there and not valid, e.g. an index whose build failed. Changes nothing. */
  unsound?(): Promise<readonly UnsoundObject[]>;
  /**
   * Applies one file and enters it into the ledger: together, or not at all. A file that is not transactional is entered
   * as `running` before its first statement and as `applied` or `failed` after it. An entry of the same name that is
   * not applied (`unavailable`, `running`, `failed`, `reverted`) is replaced, unless it is of the file's down part. A file without a transaction goes on behind the
   * statements that are done, as long as those still are the file's first; otherwise it runs from its first statement.
   * Objects that are unsound afterwards and were not before the first attempt: the file is `failed`, not `applied`.
   * @param hooks what the server says meanwhile.
   * @throws E_MIGRATION_BLOCKED naming who holds the lock when a transactional file could not get one in time, or was
   * the victim of a deadlock (PostgreSQL: 55P03, 40P01): nothing of it was done, and the caller tries again.
   * @throws E_MIGRATION_UNSOUND naming each object that is not valid and the command that removes it.
   * @throws E_MIGRATION_FAILED for anything else, with `path:line:column` (`placeInFile`) and the server's words.
   */
  apply(migration: PendingMigration, signal: AbortSignal, hooks?: ApplyHooks): Promise<void>;
  /** How many of these files, none of which requires anything, `applyTogether` takes, from the first on. Asks no server. */
  together?(migrations: readonly PendingMigration[]): Promise<number>;
  /**
   * Applies files that `together` has counted, one after the other and each as `apply` does: in a transaction of its own,
   * with its own entry, or not at all. It ends at the first one that is not applied: what is behind that one was not run.
   * When it is over, nothing of it is under way any more, also after an interrupt.
   * @returns how many were applied; fewer than all: the others cannot go together (the server refuses all of a request for
   * a mistake in the grammar of one file), and each is for `apply`.
   * @throws as `apply`, about the first that was not applied. Where the connection broke, those behind it may be in effect too.
   */
  applyTogether?(migrations: readonly PendingMigration[], signal: AbortSignal, hooks: TogetherHooks): Promise<number>;
  /** Waits until the server has on its disk what was applied. Absent: `apply` itself waits for that. */
  settle?(): Promise<void>;
  /** Runs transactional files one behind the other in one transaction and rolls it back. @throws as `apply`. */
  rehearse?(migrations: readonly PendingMigration[], signal: AbortSignal, hooks?: ApplyHooks): Promise<void>;
  /**
   * Runs the down part of an applied file and enters the file as `reverted`, with an event. Of one that is not transactional
   * the entry is `running` or `failed` meanwhile, with the part `down`: it goes on as `apply` does. @throws as `apply`.
   */
  revert?(migration: PendingMigration, signal: AbortSignal, hooks?: ApplyHooks): Promise<void>;
  /** Changes one entry of the ledger without running anything, together with the event that says so. */
  amend?(amendment: Amendment): Promise<void>;
  /** Runs the statement that removes an unsound object. @throws E_MIGRATION_FAILED with the server's words. */
  fix?(object: UnsoundObject, signal: AbortSignal): Promise<void>;
  /** Runs statements that change nothing, and says for each why it does not hold; undefined: it holds. */
  check?(statements: readonly MigrationStatement[], signal: AbortSignal): Promise<readonly (string | undefined)[]>;
  /** The schema as it is now, in an order in which it can be made; without stackctl's own tables. Changes nothing. */
  dump?(signal: AbortSignal, options?: SchemaDumpOptions): Promise<readonly SchemaObject[]>;
  close(): Promise<void>;
}

/** An object that is there and cannot be relied on. */
export interface UnsoundObject {
  /** As people write it, e.g. `index public.members_email_key`. */
  readonly name: string;
  /** Why, e.g. `is not valid: its build did not finish`. */
  readonly reason: string;
  /** A statement that removes or repairs it; undefined: none can. */
  readonly fix: string | undefined;
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
  /** How long a statement may take; absent or 0: as long as it takes. */
  readonly statementTimeoutMs?: number;
  /** The file says that its statements cannot run twice. */
  readonly once?: boolean;
  /** An earlier run began with this part of the file and did not bring it to its end. */
  readonly begun?: boolean;
  /** It has a lower version than a file that is applied, and that was allowed: an event says so. */
  readonly outOfOrder?: boolean;
  /** Set when a requirement is missing and the file may be left out: the entry becomes `unavailable`. Statements are those of its section `else`. */
  readonly unavailable: string | undefined;
}

/** An empty database of its own beside that of the service, on the same server. */
export interface Shadow {
  readonly session: MigrationSession;
  /** E.g. `stackctl_shadow_4f2a`. */
  readonly database: string;
  /** Removes it, also when the caller was interrupted. */
  drop(): Promise<void>;
}

export interface MigrationStatement {
  readonly text: string;
  /** Of its first character in the file, from 1. */
  readonly line: number;
  readonly column: number;
  /** What COPY … FROM stdin reads, and the line of the file where that begins. */
  readonly copyData?: { readonly text: string; readonly line: number };
}

/** Where the character at `offset` (from 0) of a statement stands in its file, line and column from 1. */
export function placeInFile(statement: MigrationStatement, offset: number): { line: number; column: number } {
  const { line, column } = placeFinder(statement.text)(offset);
  return { line: statement.line + line - 1, column: line === 1 ? statement.column + column - 1 : column };
}
