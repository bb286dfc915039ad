import type { Stack } from '../stack/contract/model.ts';
import { type Drift, driftText } from './compare.ts';
import type { MigratedService } from './folder.ts';
import { readState, type SchemaState } from './read-state.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { MigratePlan, MigrateStatus, MigrateStep } from './report.ts';
import { withMigrationSession } from './session.ts';

/** What is applied, pending, left out and drifted. Changes nothing and takes no lock. @throws E_NOT_READY */
export async function migrationStatus(
  stack: Stack,
  migrated: MigratedService,
  signal: AbortSignal,
): Promise<MigrateStatus> {
  return withMigrationSession(stack, migrated, signal, async (session) => {
    const { applied, pending, unavailable, drifted } = await readState(migrated, session);
    return {
      service: migrated.service.name,
      applied: applied.map(({ name, appliedAt, durationMs, checksum }) => ({ name, appliedAt, durationMs, checksum })),
      pending: pending.map(({ file, cause }) => ({ name: file.name, reason: cause })),
      unavailable,
      drifted: drifted.map(driftView),
    };
  });
}

/** What `runPending` would do now. @throws E_NOT_READY */
export async function planPending(stack: Stack, migrated: MigratedService, signal: AbortSignal): Promise<MigratePlan> {
  return withMigrationSession(stack, migrated, signal, async (session) => {
    const { pending, drifted } = await readState(migrated, session);
    refuseDrift(migrated.service.name, drifted);
    return {
      service: migrated.service.name,
      steps: pending.map((item) => ({
        ...stepOf(item),
        transactional: item.file.transactional,
        statements: item.file.statements.map(({ text }) => text),
      })),
    };
  });
}

/** One line of what would be done. */
export function stepOf({
  file,
  cause,
  missing,
}: SchemaState['pending'][number]): Pick<MigrateStep, 'name' | 'action' | 'reason'> {
  return {
    name: file.name,
    action: missing === undefined ? 'apply' : file.optional ? 'leaveOut' : 'refuse',
    reason: missing ?? cause,
  };
}

/** JSON-ready. */
export function driftView(drift: Drift): MigrateStatus['drifted'][number] {
  return { name: drift.name, type: drift.type, reason: driftText(drift) };
}
