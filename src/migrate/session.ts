import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { MigratedService } from './folder.ts';

/** Runs `use` with a connection to the service's server, which is closed afterwards. @throws E_NOT_READY */
export async function withMigrationSession<T>(
  stack: Stack,
  { service, migrator }: MigratedService,
  signal: AbortSignal,
  use: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  const session = await migrator.connect({ stack, service }, signal);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** Why the file cannot run in this server, one reason for each requirement that it lacks. */
export async function missingFor(session: MigrationSession, requires: readonly string[]): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const requirement of requires) {
    const reason = await session.missing(requirement);
    if (reason !== undefined) reasons.push(`${requirement}: ${reason}`);
  }
  return reasons.length === 0 ? undefined : reasons.join('; ');
}
