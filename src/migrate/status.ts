import { ledgerDigest } from '../stack/contract/ledger.ts';
import type { MigrationSession, UnsoundObject } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { formatProblem } from '../stack/source/problem.ts';
import { upCommand } from './command-lines.ts';
import { type AppliedEntry, type Drift, driftText, isAppliedEntry } from './compare.ts';
import type { MigrationContent, ReadContent } from './content.ts';
import type { MigratedService } from './folder.ts';
import { downStopped, waysOn } from './half-reverted.ts';
import { type PendingFile, readState, upTo } from './read-state.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { MigratePlan, MigrateStatus, MigrateStep } from './report.ts';
import type { RunOptions } from './run-pending.ts';
import { withMigrationSession } from './session.ts';

/** Of more than `most` applied files only the `newest` are of interest: the others are counted. */
export interface Shown {
  readonly most: number;
  readonly newest: number;
}

/**
 * What is applied, pending, left out and drifted. Changes nothing and takes no lock.
 * @param shown may leave out applied files, where nothing else is to be said; absent: all of them are named.
 * @throws E_NOT_READY
 */
export async function migrationStatus(
  stack: Stack,
  migrated: MigratedService,
  signal: AbortSignal,
  shown?: Shown,
): Promise<MigrateStatus> {
  return withMigrationSession(stack, migrated, { signal, command: 'stackctl migrate status' }, async (session) => {
    const asApplied = shown && (await newestApplied(migrated, session, shown));
    if (asApplied !== undefined) return asApplied;
    const state = await readState(migrated, session, { tolerant: true });
    const { applied, pending, invalid, unavailable, drifted, unsound } = state;
    return {
      service: migrated.service.name,
      applied: applied.map(appliedView),
      pending: pending.map((item) => ({ name: item.file.name, ...whyPending(stack, migrated, item) })),
      invalid: invalid.map((file) => ({ name: file.name, problems: problemsOf(file.content()) })),
      unavailable,
      drifted: drifted.map(driftView),
      unsound: unsound.map(unsoundView),
    };
  });
}

/** Where all files are applied as they are, which the server tells by itself; undefined: the ledger has to be read. */
async function newestApplied(
  { service, files }: MigratedService,
  session: MigrationSession,
  { most, newest }: Shown,
): Promise<MigrateStatus | undefined> {
  if (files.length <= most) return undefined;
  const brief = await session.brief?.(newest);
  if (brief?.entries !== files.length || brief.digest !== ledgerDigest(files)) return undefined;
  const applied = brief.newest.filter(isAppliedEntry).map(appliedView);
  return {
    service: service.name,
    applied,
    olderApplied: files.length - applied.length,
    pending: [],
    invalid: [],
    unavailable: [],
    drifted: [],
    unsound: ((await session.unsound?.()) ?? []).map(unsoundView),
  };
}

function appliedView({ name, state, appliedAt, durationMs, checksum }: AppliedEntry): MigrateStatus['applied'][number] {
  return { name, state, appliedAt, durationMs, checksum };
}

function unsoundView({ name, reason, fix }: UnsoundObject): MigrateStatus['unsound'][number] {
  return { name, reason, fix: fix ?? null };
}

function whyPending(
  stack: Stack,
  { service }: MigratedService,
  { file, cause, statementsDone }: PendingFile,
): Pick<MigrateStatus['pending'][number], 'reason' | 'next'> {
  if (cause !== 'was taken back in part') return { reason: cause, next: null };
  return { reason: downStopped(statementsDone), next: waysOn(stack, service, file.name) };
}

function problemsOf(read: ReadContent): readonly string[] {
  return read.ok ? [] : read.problems.map(formatProblem);
}

export interface PlanOptions extends Pick<RunOptions, 'to' | 'allowOutOfOrder'> {
  readonly signal: AbortSignal;
}

/** What `runPending` would do now. @throws E_NOT_READY */
export async function planPending(
  stack: Stack,
  migrated: MigratedService,
  { signal, ...range }: PlanOptions,
): Promise<MigratePlan> {
  const about = { signal, command: `${upCommand(range)} --dry-run` };
  return withMigrationSession(stack, migrated, about, async (session) => {
    const { pending, drifted } = await readState(migrated, session, range);
    refuseDrift(migrated.service.name, drifted);
    return {
      service: migrated.service.name,
      steps: upTo(pending, range.to).map((item) => {
        const step = stepOf(item);
        const { up, otherwise = up } = item.content;
        const { transactional, statements } = step.action === 'applyElse' ? otherwise : up;
        return { ...step, transactional, statements: statements.map(({ text }) => text) };
      }),
    };
  });
}

/** One line of what would be done. */
export function stepOf({
  file,
  cause,
  content,
  missing,
  statementsDone,
}: PendingFile): Pick<MigrateStep, 'name' | 'action' | 'reason'> {
  if (cause === 'was taken back in part')
    return { name: file.name, action: 'refuse', reason: downStopped(statementsDone) };
  return {
    name: file.name,
    action: actionOf(content, missing),
    reason: missing ?? cause,
  };
}

function actionOf({ optional, otherwise }: MigrationContent, missing: string | undefined): MigrateStep['action'] {
  if (missing === undefined) return 'apply';
  if (otherwise !== undefined) return 'applyElse';
  return optional ? 'leaveOut' : 'refuse';
}

/** JSON-ready. */
export function driftView(drift: Drift): MigrateStatus['drifted'][number] {
  return { name: drift.name, type: drift.type, reason: driftText(drift) };
}
