import type { Stack } from '../stack/model.ts';
import { driftText } from './compare.ts';
import type { MigratedService } from './folder.ts';
import { look } from './look.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { MigratePlan, MigrateStatus } from './report.ts';
import { withMigrationSession } from './session.ts';

/** What is applied, pending, left out and drifted. Changes nothing and takes no lock. @throws E_NOT_READY */
export async function migrationStatus(
  stack: Stack,
  migrated: MigratedService,
  signal: AbortSignal,
): Promise<MigrateStatus> {
  return withMigrationSession(stack, migrated, signal, async (session) => {
    const { applied, pending, unavailable, drifted } = await look(migrated, session);
    return {
      service: migrated.service.name,
      applied: applied.map(({ name, appliedAt, durationMs, checksum }) => ({ name, appliedAt, durationMs, checksum })),
      pending: pending.map(({ file, cause }) => ({ name: file.name, reason: cause })),
      unavailable,
      drifted: drifted.map((drift) => ({ name: drift.name, type: drift.type, reason: driftText(drift) })),
    };
  });
}

/** What `runPending` would do now. @throws E_NOT_READY */
export async function planPending(stack: Stack, migrated: MigratedService, signal: AbortSignal): Promise<MigratePlan> {
  return withMigrationSession(stack, migrated, signal, async (session) => {
    const { pending, drifted } = await look(migrated, session);
    refuseDrift(migrated.service.name, drifted);
    return {
      service: migrated.service.name,
      steps: pending.map(({ file, cause, missing }) => ({
        name: file.name,
        action: missing === undefined ? 'apply' : file.optional ? 'leaveOut' : 'refuse',
        reason: missing ?? cause,
        transactional: file.transactional,
        statements: file.statements.map(({ text }) => text),
      })),
    };
  });
}
