import { StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { upCommand } from './command-lines.ts';
import type { MigrationContent } from './content.ts';
import type { MigrationFile } from './file.ts';
import type { MigratedService } from './folder.ts';
import { halfReverted, halfRevertedIn } from './half-reverted.ts';
import { type NamingOptions, nameLifted } from './lifted.ts';
import { leftOutReason, mayBeLeftOut, type PendingFile, pendingMigration, readState, upTo } from './read-state.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { MigrateReport, Unavailable } from './report.ts';
import { retryBlocked, sayBlocked } from './retry.ts';
import { missingFor, withMigrationSession } from './session.ts';
import { type Ahead, answerAbout, goTogether } from './together.ts';
import { type LockOptions, takeTurn } from './turn.ts';

export interface RunOptions extends LockOptions, NamingOptions {
  /** From 0 up to 1, for the wait between two attempts. */
  readonly random?: () => number;
  /** The last version to apply. */
  readonly to?: bigint;
  /** A new file may have a lower version than one that is applied: its entry gets an event that says so. */
  readonly allowOutOfOrder?: boolean;
}

/**
 * Applies the pending migrations of one service, one after the other, and nothing when there are none. The ledger is read
 * also where there is no file: those that are gone are drift. Two runs on one server wait for each other, and what one has
 * applied the other one does not.
 * @throws E_NOT_READY, E_DRIFT, E_LOCKED, E_MIGRATION_UNAVAILABLE, E_MIGRATION_BLOCKED,
 * E_MIGRATION_FAILED; what was applied before the one that failed stays.
 */
export async function runPending(stack: Stack, migrated: MigratedService, options: RunOptions): Promise<MigrateReport> {
  const { service } = migrated;
  const nothing = { service: service.name, applied: [], unavailable: [] };
  const about = { signal: options.signal, command: upCommand(options) };
  return withMigrationSession(stack, migrated, about, async (session) => {
    const before = await readState(migrated, session, options);
    refuseDrift(service.name, before.drifted);
    if (upTo(before.pending, options.to).length === 0) return { ...nothing, unavailable: before.unavailable };
    await takeTurn(service, session, options);
    // Another run may have been at work until now.
    const { pending: all, unavailable, drifted } = await readState(migrated, session, options);
    refuseDrift(service.name, drifted);
    const pending = upTo(all, options.to);
    refuseHalfReverted(stack, service, pending);
    if (pending.length > 0) await nameLifted(service, session, options);
    return settled(session, () => applyAll({ migrated, session, pending, unavailable, options }));
  });
}

/** What was applied before a file that failed is on the disk, too, when this ends. */
async function settled<T>(session: MigrationSession, work: () => Promise<T>): Promise<T> {
  const result = await work().catch(async (error: unknown) => {
    await session.settle?.().catch(() => undefined); // what went wrong first is what is told
    throw error;
  });
  await session.settle?.();
  return result;
}

/** @throws E_MIGRATION_UNAVAILABLE naming every way on: what is left of such a file is neither the file nor nothing. */
export function refuseHalfReverted(stack: Stack, service: Service, pending: readonly PendingFile[]): void {
  const half = halfRevertedIn(pending);
  if (half.length > 0) throw halfReverted(stack, service, half);
}

interface Work {
  readonly migrated: MigratedService;
  readonly session: MigrationSession;
  readonly pending: readonly PendingFile[];
  readonly unavailable: readonly Unavailable[];
  readonly options: RunOptions;
}

async function applyAll({ migrated, session, pending, unavailable, options }: Work): Promise<MigrateReport> {
  const applied: { name: string; durationMs: number }[] = [];
  const leftOut = [...unavailable];
  const together = goTogether({ session, files: pending, signal: options.signal });
  try {
    for (const [index, item] of pending.entries()) {
      const { file, content } = item;
      const ahead = await together.take(index);
      // Asked again for each: a file may bring what the next one requires.
      const missing = await missingFor(session, content.requires);
      if (missing !== undefined && !mayBeLeftOut(content)) throw unavailableError(file, content, missing);
      const durationMs = await applyStep({ ...item, missing }, { migrated, session, options, ahead });
      if (missing === undefined) applied.push({ name: file.name, durationMs });
      else leftOut.push({ name: file.name, reason: leftOutReason(content, missing) });
    }
  } finally {
    await together.over();
  }
  return { service: migrated.service.name, applied, unavailable: leftOut };
}

/** Returns how long it took, waits for locks included, in milliseconds. */
function applyStep(item: PendingFile, place: Place): Promise<number> {
  const { file, cause, content, missing } = item;
  const { migrated, options } = place;
  const about = {
    id: `migrate:${migrated.service.name}:${file.name}`,
    title: `${migrated.service.name}: ${file.name}`,
    detail: cause,
  };
  return step(
    options.emit,
    about,
    (progress) => applyOne(item, place, progress),
    () => endOf(content, missing),
  );
}

function endOf(content: MigrationContent, missing: string | undefined): { state: 'done' | 'skipped'; detail?: string } {
  if (missing === undefined) return { state: 'done' };
  const state = content.otherwise === undefined ? 'skipped' : 'done';
  return { state, detail: leftOutReason(content, missing) };
}

interface Place {
  readonly migrated: MigratedService;
  readonly session: MigrationSession;
  readonly options: RunOptions;
  /** It was sent already, together with others. */
  readonly ahead: Ahead | undefined;
}

/** @param progress says how far it is. */
async function applyOne(
  item: PendingFile,
  { migrated, session, options: { signal, emit, random = Math.random }, ahead }: Place,
  progress: (detail: string) => void,
): Promise<number> {
  const { file } = item;
  const hooks = {
    onNotice: (notice: string) => emit({ type: 'note', text: `${migrated.service.name}: ${file.name}: ${notice}` }),
    onProgress: (done: number, all: number) => progress(`statement ${done} of ${all}`),
  };
  ahead?.listen(hooks);
  let begin = performance.now();
  let sent = ahead;
  const attempt = async (): Promise<number> => {
    if (sent !== undefined) {
      const first = sent;
      sent = undefined;
      const durationMs = await answerAbout(first, progress).finally(() => {
        begin = first.began();
      });
      if (durationMs !== undefined) return durationMs;
    }
    await session.apply(pendingMigration(item), signal, hooks);
    return Math.round(performance.now() - begin);
  };
  const onBlocked = sayBlocked((text) => hooks.onNotice(text), progress);
  return retryBlocked(attempt, { signal, random, onBlocked });
}

export function unavailableError(
  { name, path }: MigrationFile,
  { requires }: MigrationContent,
  missing: string,
): StackctlError {
  return new StackctlError('E_MIGRATION_UNAVAILABLE', `${path} requires what this server does not have: ${missing}`, {
    hint: 'Use a server that has it, or say in the file what to do without it (optional=true, or a section `-- stackctl: else`); then run `stackctl migrate up` again.',
    details: { migration: name, requires },
  });
}
