import type { Stack } from '../stack/contract/model.ts';
import { formatProblem } from '../stack/source/problem.ts';
import { upCommand } from './command-lines.ts';
import { type Drift, driftText } from './compare.ts';
import type { MigrationContent, ReadContent } from './content.ts';
import type { MigratedService } from './folder.ts';
import { downStopped, waysOn } from './half-reverted.ts';
import { type PendingFile, readState, upTo } from './read-state.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { MigratePlan, MigrateStatus, MigrateStep } from './report.ts';
import type { RunOptions } from './run-pending.ts';
import { withMigrationSession } from './session.ts';

/** What is applied, pending, left out and drifted. Changes nothing and takes no lock. @throws E_NOT_READY */
export async function migrationStatus(
  stack: Stack,
  migrated: MigratedService,
  signal: AbortSignal,
): Promise<MigrateStatus> {
  return withMigrationSession(stack, migrated, { signal, command: 'stackctl migrate status' }, async (session) => {
    const state = await readState(migrated, session, { tolerant: true });
    const { applied, pending, invalid, unavailable, drifted, unsound } = state;
    return {
      service: migrated.service.name,
      applied: applied.map(({ name, state, appliedAt, durationMs, checksum }) => {
        return { name, state, appliedAt, durationMs, checksum };
      }),
      pending: pending.map((item) => ({ name: item.file.name, ...whyPending(stack, migrated, item) })),
      invalid: invalid.map(({ name, content }) => ({ name, problems: problemsOf(content()) })),
      unavailable,
      drifted: drifted.map(driftView),
      unsound: unsound.map(({ name, reason, fix }) => ({ name, reason, fix: fix ?? null })),
    };
  });
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
