import { counted } from '../../lib/counted.ts';
import { deadline, isTimeout } from '../../lib/poll.ts';
import type { StatusView } from '../../lifecycle/status.ts';
import type { Stack } from '../../stack/contract/model.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';

/** A status must not take long because of a database that is busy. */
const LOOK_MS = 2000;

/**
 * The view with what is wrong with the schemas of its healthy services: pending and edited migrations are no reason not
 * to serve, so they count as degraded.
 */
export async function withSchemas(
  view: StatusView,
  { stack, paths }: { readonly stack: Stack; readonly paths: Pick<ProjectPaths, 'knownMigrations'> },
  signal: AbortSignal,
): Promise<StatusView> {
  const healthy = new Set(view.instances.filter(({ health }) => health === 'healthy').map(({ service }) => service));
  const services = stack.migrations.map(({ service }) => service).filter((service) => healthy.has(service));
  if (services.length === 0) return view;
  const { readMigrations } = await import('../../migrate/folder.ts');
  const { openKnownFiles } = await import('../../migrate/known-files.ts');
  const { migrationStatus } = await import('../../migrate/status.ts');
  const known = openKnownFiles(paths.knownMigrations);
  const remarks = new Map<string, readonly string[]>();
  for (const name of services) {
    try {
      const [migrated] = readMigrations(stack, [name], known);
      if (migrated === undefined) continue;
      const { pending, invalid, drifted, unsound } = await migrationStatus(stack, migrated, deadline(LOOK_MS, signal));
      remarks.set(name, [
        ...(pending.length === 0
          ? []
          : [`${counted(pending.length, 'migration is', 'migrations are')} pending (stackctl migrate up)`]),
        ...invalid.map(({ name }) => `the pending migration ${name} has mistakes (stackctl migrate status)`),
        ...drifted.map(({ reason }) => reason),
        ...unsound.map(({ name, reason }) => `${name} ${reason}`),
      ]);
    } catch (error) {
      signal.throwIfAborted();
      const why = isTimeout(error) ? `no answer within ${LOOK_MS} ms` : messageOf(error);
      remarks.set(name, [`its migrations cannot be looked at: ${why}`]);
    }
  }
  await known.save();
  const instances = view.instances.map((instance) => ({
    ...instance,
    degraded: [...instance.degraded, ...(remarks.get(instance.service) ?? [])],
  }));
  return { ...view, instances };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
