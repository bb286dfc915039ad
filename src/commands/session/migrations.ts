import type { BringUpInput, Migrate } from '../../lifecycle/bring-up.ts';
import { partOf } from '../../stack/derived/part-of.ts';
import type { CommandContext } from '../line/command.ts';

/** How `up` and `scale` apply migrations. The feature is loaded only where there are any. */
export function migrations({ emit }: Pick<CommandContext, 'emit'>): NonNullable<BringUpInput['migrations']> {
  return async (stack, services): Promise<Migrate> => {
    const { readMigrations } = await import('../../migrate/folder.ts');
    const known = services.filter((name) => stack.services.some((service) => service.name === name));
    const names = partOf(stack, known).services.map(({ name }) => name);
    const all = readMigrations(stack, names);
    return async (started, service, signal) => {
      const found = all.find((migrated) => migrated.service.name === service.name);
      if (found === undefined) return;
      const { runPending } = await import('../../migrate/run-pending.ts');
      // The files were read before its addresses were known.
      await runPending(started, { ...found, service }, { emit, signal });
    };
  };
}
