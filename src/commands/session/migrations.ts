import type { BringUpInput, Migrate } from '../../lifecycle/bring-up.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';
import { partOf } from '../../stack/derived/part-of.ts';
import type { SessionContext } from './context.ts';

/** How `up` and `scale` apply migrations. The feature is loaded only where there are any. */
export function migrations(
  { emit }: Pick<SessionContext, 'emit'>,
  { knownMigrations }: Pick<ProjectPaths, 'knownMigrations'>,
): NonNullable<BringUpInput['migrations']> {
  return async (stack, services): Promise<Migrate> => {
    if (stack.migrations.length === 0) return async () => undefined;
    const [{ readMigrations, requireValidOnce }, { openKnownFiles }] = await Promise.all([
      import('../../migrate/folder.ts'),
      import('../../migrate/known-files.ts'),
    ]);
    const files = openKnownFiles(knownMigrations);
    const known = services.filter((name) => stack.services.some((service) => service.name === name));
    const names = partOf(stack, known).services.map(({ name }) => name);
    const all = readMigrations(stack, names, files);
    requireValidOnce(files, all);
    await files.save();
    return async (started, service, signal) => {
      const found = all.find((migrated) => migrated.service.name === service.name);
      if (found === undefined) return;
      const { runPending } = await import('../../migrate/run-pending.ts');
      // The files were read before its addresses were known.
      await runPending(started, { ...found, service }, { emit, signal });
    };
  };
}
