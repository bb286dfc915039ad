import type { BringUpInput, Migrate } from '../../lifecycle/bring-up.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';
import { partOf } from '../../stack/derived/part-of.ts';
import type { CommandContext } from '../line/command.ts';

/** How `up` and `scale` apply migrations. The feature is loaded only where there are any. */
export function migrations(
  { emit }: Pick<CommandContext, 'emit'>,
  { checkedMigrations }: Pick<ProjectPaths, 'checkedMigrations'>,
): NonNullable<BringUpInput['migrations']> {
  return async (stack, services): Promise<Migrate> => {
    if (stack.migrations.length === 0) return async () => undefined;
    const [{ readMigrations }, { requireChecked }] = await Promise.all([
      import('../../migrate/folder.ts'),
      import('../../migrate/checked.ts'),
    ]);
    const known = services.filter((name) => stack.services.some((service) => service.name === name));
    const names = partOf(stack, known).services.map(({ name }) => name);
    const all = readMigrations(stack, names);
    await requireChecked(
      checkedMigrations,
      all.flatMap(({ files }) => files),
    );
    return async (started, service, signal) => {
      const found = all.find((migrated) => migrated.service.name === service.name);
      if (found === undefined) return;
      const { runPending } = await import('../../migrate/run-pending.ts');
      // The files were read before its addresses were known.
      await runPending(started, { ...found, service }, { emit, signal });
    };
  };
}
