import type { Client } from 'pg';
import { close, connectPostgres, type PostgresTarget } from '../../../../clients/postgres/connect.ts';
import { failureText, serverError, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import { SESSIONS } from '../../../../clients/postgres/purpose.ts';
import { StackctlError } from '../../../../errors.ts';
import type { Amendment } from '../../../../stack/contract/ledger.ts';
import type { ApplyHooks, PendingMigration, UnsoundObject } from '../../../../stack/contract/migrate.ts';
import { amendLedger } from './amend.ts';
import { type Application, applyMigration } from './apply-migration.ts';
import { type Binding, bindingText, readBindings } from './bindings.ts';
import { checkStatements } from './check-statements.ts';
import { enter } from './ledger.ts';
import { ensureLedger } from './ledger-schema.ts';
import { holdsLock } from './migration-lock.ts';
import type { ExtensionHint } from './refused.ts';
import { rehearseAll } from './rehearse.ts';
import type { Features } from './requirements.ts';
import { findUnsound } from './unsound.ts';

/** What an extension adds to the migrator of every server. */
export interface MigratorParts {
  readonly features: Features;
  /** Asked once for a session, before the first file. */
  readonly hints?: (client: Client) => Promise<ExtensionHint>;
}

interface Connection {
  readonly target: PostgresTarget;
  readonly guard: Client;
  /** Those that are open, for an interrupt. */
  readonly clients: Set<Client>;
  readonly parts: MigratorParts;
}

/** What runs statements of files: each on a connection of its own. */
export function fileRunner({ target, guard, clients, parts }: Connection) {
  const bindings = once(() => readBindings(target));
  const hints = once(async () => (await parts.hints?.(guard)) ?? (() => undefined));
  const ledger = once(() => ensureLedger(guard));
  const appliedBy = target.applicationName;
  const onWork = async <T>(use: (work: Client, kept: readonly string[]) => Promise<T>): Promise<T> => {
    const found = await bindings();
    const work = await connectPostgres(workTarget(target, found));
    clients.add(work);
    try {
      return await use(work, found.filter(({ lifted }) => lifted === undefined).map(bindingText));
    } finally {
      clients.delete(work);
      await close(work);
    }
  };
  const prepared = async (signal: AbortSignal, hooks: ApplyHooks) => {
    const [unsound, extensionHint] = [await findUnsound(guard), await hints()];
    return { signal, hooks, unsound, extensionHint, names: { user: target.user, database: target.database } };
  };
  const writable = async (): Promise<void> => {
    if (!(await holdsLock(guard).catch(() => false))) throw lost();
    await ledger();
  };
  const run = async (migration: PendingMigration, given: Pick<Application, 'direction' | 'signal' | 'hooks'>) => {
    await writable();
    const rest = await prepared(given.signal, given.hooks);
    await onWork((work, kept) =>
      applyMigration({ ...rest, ...given, migration, clients: { work, guard, appliedBy, kept } }),
    );
  };
  return {
    bindings,
    apply: async (migration: PendingMigration, signal: AbortSignal, hooks: ApplyHooks = {}): Promise<void> => {
      if (migration.unavailable === undefined) return run(migration, { direction: 'up', signal, hooks });
      await writable();
      await enter(guard, migration, { state: 'unavailable', statementsDone: 0, durationMs: 0, appliedBy });
    },
    revert: (migration: PendingMigration, signal: AbortSignal, hooks: ApplyHooks = {}): Promise<void> =>
      run(migration, { direction: 'down', signal, hooks }),
    rehearse: async (migrations: readonly PendingMigration[], signal: AbortSignal, hooks: ApplyHooks = {}) => {
      const rest = await prepared(signal, hooks);
      await onWork((work, kept) => rehearseAll(migrations, { ...rest, clients: { work, guard, appliedBy, kept } }));
    },
    amend: async (amendment: Amendment): Promise<void> => {
      await writable();
      await amendLedger(guard, amendment, appliedBy);
    },
    fix: async ({ fix }: UnsoundObject): Promise<void> => {
      await writable();
      if (fix !== undefined) await onWork((work) => runFix(work, fix));
    },
    check: (statements: PendingMigration['statements'], signal: AbortSignal) =>
      onWork((work) => checkStatements(work, statements, signal)),
  };
}

/** For the statements of a file: settings that are meant for applications do not limit it. */
function workTarget(target: PostgresTarget, bindings: readonly Binding[]): PostgresTarget {
  const session = SESSIONS.migrate;
  const lifted = bindings.flatMap(({ name, lifted }) => (lifted === undefined ? [] : [[name, lifted] as const]));
  return {
    ...target,
    ...session,
    applicationName: target.applicationName,
    settings: { ...session.settings, ...Object.fromEntries(lifted) },
    liftedLimits: [],
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

function lost(): StackctlError {
  return new StackctlError(
    'E_LOCKED',
    'this run does not hold the migration lock (any more): the server may have been restarted',
    {
      hint: 'Run `stackctl migrate up` again; what was applied stays applied.',
    },
  );
}

async function runFix(work: Client, fix: string): Promise<void> {
  try {
    await work.query(fix);
  } catch (error) {
    if (serverError(error) === undefined) throw error;
    throw new StackctlError('E_MIGRATION_FAILED', `${fix}: ${failureText(error, 0)}`, {
      hint: 'Run the statement by hand once nothing is in its way, and then `stackctl migrate status`.',
      details: { statement: fix, sqlstate: sqlstateOf(error) ?? null },
      cause: error,
    });
  }
}
