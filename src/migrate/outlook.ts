import { StackctlError } from '../errors.ts';
import { deadline } from '../lib/poll.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { type MigratedService, readMigrations } from './folder.ts';
import { readState } from './read-state.ts';
import { driftIn } from './refuse-drift.ts';
import type { MigrateOutlook } from './report.ts';
import { withMigrationSession } from './session.ts';
import { driftView, stepOf } from './status.ts';

/** What `up` would do to the schemas of a stack. */
export interface MigrationsAhead {
  readonly outlooks: readonly MigrateOutlook[];
  /** Why `up` would end with an error. */
  readonly failure: StackctlError | undefined;
}

/** Deadline for a server that runs and does not answer: `up` would wait longer, a preview need not. */
const ASK_MS = 5000;

/**
 * Reads the migrations of the services with one of these instances, and the ledgers of those that run as configured.
 * Changes nothing and takes no lock.
 * @throws E_MIGRATION_INVALID, E_STACK_INVALID
 */
export async function migrationsAhead(
  stack: Stack,
  { running, starting }: { readonly running: readonly string[]; readonly starting: readonly string[] },
  signal: AbortSignal,
): Promise<MigrationsAhead> {
  const isAmong = (names: readonly string[]) => (service: Service) =>
    service.instances.some(({ name }) => names.includes(name));
  const wanted = stack.services.filter(isAmong([...running, ...starting])).map(({ name }) => name);
  const outlooks = await Promise.all(
    readMigrations(stack, wanted).map((migrated) =>
      isAmong(running)(migrated.service)
        ? ask(stack, migrated, deadline(ASK_MS, signal))
        : unasked(migrated, 'its server has to be started first'),
    ),
  );
  return { outlooks, failure: driftIn(outlooks.flatMap((outlook) => (outlook.asked ? [outlook] : []))) };
}

async function ask(stack: Stack, migrated: MigratedService, signal: AbortSignal): Promise<MigrateOutlook> {
  try {
    return await withMigrationSession(stack, migrated, signal, async (session) => {
      const { pending, drifted } = await readState(migrated, session);
      const service = migrated.service.name;
      return { service, asked: true, steps: pending.map(stepOf), drifted: drifted.map(driftView) };
    });
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_NOT_READY') return unasked(migrated, error.message);
    throw error;
  }
}

function unasked({ service, files }: MigratedService, reason: string): MigrateOutlook {
  return { service: service.name, asked: false, reason, files: files.map(({ name }) => name) };
}
