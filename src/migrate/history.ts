import type { Stack } from '../stack/contract/model.ts';
import type { MigratedService } from './folder.ts';
import type { MigrateHistory } from './report.ts';
import { withMigrationSession } from './session.ts';

/** What was decided about the ledger of one service, oldest first. Changes nothing. @throws E_NOT_READY */
export async function migrationHistory(
  stack: Stack,
  migrated: MigratedService,
  signal: AbortSignal,
): Promise<MigrateHistory> {
  return withMigrationSession(
    stack,
    migrated,
    { signal, command: 'stackctl migrate status --history' },
    async (session) => {
      return { service: migrated.service.name, events: (await session.events?.()) ?? [] };
    },
  );
}
