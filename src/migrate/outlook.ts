import { StackctlError } from '../errors.ts';
import { deadline } from '../lib/poll.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { inStartOrder } from '../stack/derived/start-order.ts';
import { type DeclaredStatus, declaredStatus, declaringServices } from './declared.ts';
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

/** What `up` would find of what a service declares. JSON-ready. */
export type DeclaredOutlook =
  | (DeclaredStatus & { readonly asked: true })
  | {
      readonly service: string;
      readonly asked: false;
      /** Why it is not known what is there. */
      readonly reason: string;
      /** All that is declared. */
      readonly names: readonly string[];
    };

/** The instances that run as configured, and those that `up` would start. */
export interface UpAhead {
  readonly running: readonly string[];
  readonly starting: readonly string[];
}

/** Deadline for a server that runs and does not answer: `up` would wait longer, a preview need not. */
const ASK_MS = 5000;

/**
 * Reads the migrations of the services with one of these instances, and the ledgers of those that run as configured.
 * Changes nothing and takes no lock.
 * @throws E_MIGRATION_INVALID, E_STACK_INVALID
 */
export async function migrationsAhead(stack: Stack, ahead: UpAhead, signal: AbortSignal): Promise<MigrationsAhead> {
  const wanted = stack.services.filter(isAmong([...ahead.running, ...ahead.starting])).map(({ name }) => name);
  const outlooks = await Promise.all(
    readMigrations(stack, wanted).map((migrated) =>
      isAmong(ahead.running)(migrated.service)
        ? ask(stack, migrated, deadline(ASK_MS, signal))
        : unasked(migrated, NOT_STARTED),
    ),
  );
  return { outlooks, failure: driftIn(outlooks.flatMap((outlook) => (outlook.asked ? [outlook] : []))) };
}

/** Asks the servers that run as configured for what they declare. Changes nothing. */
export async function declaredAhead(
  stack: Stack,
  { running, starting }: UpAhead,
  signal: AbortSignal,
): Promise<readonly DeclaredOutlook[]> {
  const wanted = declaringServices(stack).filter(({ service }) => isAmong([...running, ...starting])(service));
  return Promise.all(
    inStartOrder(stack, wanted).map(async (one): Promise<DeclaredOutlook> => {
      const unknown = (reason: string) => {
        const { service, declared } = one;
        return { service: service.name, asked: false, reason, names: declared.names({ stack, service }) } as const;
      };
      if (!isAmong(running)(one.service)) return unknown(NOT_STARTED);
      const status = await orNotReady(declaredStatus(stack, one, deadline(ASK_MS, signal)));
      return typeof status === 'string' ? unknown(status) : { ...status, asked: true };
    }),
  );
}

const NOT_STARTED = 'its server has to be started first';

function isAmong(names: readonly string[]): (service: Service) => boolean {
  return (service) => service.instances.some(({ name }) => names.includes(name));
}

/** Why a server does not answer, in the place of its answer. */
async function orNotReady<T>(answer: Promise<T>): Promise<T | string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_NOT_READY') return error.message;
    throw error;
  }
}

async function ask(stack: Stack, migrated: MigratedService, signal: AbortSignal): Promise<MigrateOutlook> {
  const outlook = await orNotReady(
    withMigrationSession(stack, migrated, { signal, command: 'stackctl up --dry-run' }, async (session) => {
      const { pending, drifted } = await readState(migrated, session);
      const service = migrated.service.name;
      return { service, asked: true, steps: pending.map(stepOf), drifted: drifted.map(driftView) } as const;
    }),
  );
  return typeof outlook === 'string' ? unasked(migrated, outlook) : outlook;
}

function unasked({ service, files }: MigratedService, reason: string): MigrateOutlook {
  return { service: service.name, asked: false, reason, files: files.map(({ name }) => name) };
}
