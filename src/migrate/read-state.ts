import type { MigrationSession, PendingMigration, UnsoundObject } from '../stack/contract/migrate.ts';
import { type CompareOptions, type Comparison, compare, type Drift, type Pending } from './compare.ts';
import type { MigrationContent } from './content.ts';
import type { MigrationFile } from './file.ts';
import { contentOf, type MigratedService, requireValid } from './folder.ts';
import type { Unavailable } from './report.ts';
import { missingFor } from './session.ts';

/** The schema of one service as it is now. */
export interface SchemaState {
  readonly applied: Comparison['applied'];
  /** What `up` would do now. */
  readonly pending: readonly PendingFile[];
  /** Pending files with mistakes, which `up` refuses; always empty without `tolerant`. */
  readonly invalid: readonly MigrationFile[];
  /** Entered as unavailable before, and still so. */
  readonly unavailable: readonly Unavailable[];
  readonly drifted: readonly Drift[];
  /** What is in the database and cannot be relied on. */
  readonly unsound: readonly UnsoundObject[];
}

export interface PendingFile extends Pending {
  readonly content: MigrationContent;
  /** Why this server lacks what the file requires; undefined: it has it. */
  readonly missing: string | undefined;
}

export interface StateOptions extends CompareOptions {
  /** A pending file with mistakes is named as such instead of ending everything. */
  readonly tolerant?: boolean;
}

/**
 * Compares the files with the ledger, reads the pending ones, and asks the server for what those require. Changes nothing.
 * @throws E_MIGRATION_INVALID for a mistake in a pending file, without `tolerant`.
 */
export async function readState(
  { files }: MigratedService,
  session: MigrationSession,
  { tolerant = false, ...options }: StateOptions = {},
): Promise<SchemaState> {
  const { applied, pending, drifted } = compare(files, await session.applied(), options);
  // The server answers this while the files are read.
  const unsound = session.unsound?.();
  unsound?.catch(() => undefined);
  const invalid = pending.map(({ file }) => file).filter((file) => !file.content().ok);
  if (!tolerant) requireValid(invalid);
  const asked: PendingFile[] = [];
  for (const item of pending.filter(({ file }) => !invalid.includes(file))) {
    const content = contentOf(item.file);
    asked.push({ ...item, content, missing: await missingFor(session, content.requires) });
  }
  return {
    applied,
    pending: asked.filter((item) => !isStillOut(item)),
    unavailable: asked.filter(isStillOut).map(({ file, content, missing }) => {
      return { name: file.name, reason: leftOutReason(content, missing ?? '') };
    }),
    invalid,
    drifted,
    unsound: (await unsound) ?? [],
  };
}

/** It was left out before, and what it lacks is still not there. */
function isStillOut({ cause, content, missing }: PendingFile): boolean {
  return cause === 'was not available' && missing !== undefined && mayBeLeftOut(content);
}

/** The server may lack what the file requires: the file says so, or what is to be done then. */
export function mayBeLeftOut({ optional, otherwise }: MigrationContent): boolean {
  return optional || otherwise !== undefined;
}

/** A file as the kind applies it: its own part, or the one for servers that lack something. */
export function pendingMigration({ file, cause, content, missing, outOfOrder }: PendingFile): PendingMigration {
  const { name, path, checksum } = file;
  const part = missing === undefined ? content.up : (content.otherwise ?? { ...content.up, statements: [] });
  const begun = cause === 'failed before' || cause === 'was interrupted';
  return { name, path, checksum, ...part, outOfOrder, begun, unavailable: missing };
}

/** Those up to a version; undefined: all. */
export function upTo(pending: readonly PendingFile[], to: bigint | undefined): readonly PendingFile[] {
  return to === undefined ? pending : pending.filter(({ file }) => file.version <= to);
}

/** Why a file is not in effect, and whether something else is in its place. */
export function leftOutReason({ otherwise }: MigrationContent, missing: string): string {
  return otherwise === undefined ? missing : `${missing}; its section "else" is in effect`;
}
