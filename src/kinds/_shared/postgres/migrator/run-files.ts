import type { Client } from 'pg';
import type { PostgresTarget } from '../../../../clients/postgres/connect.ts';
import { failureText, serverError, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import type { ApplyHooks, TogetherHooks } from '../../../../stack/contract/apply-hooks.ts';
import type { Amendment } from '../../../../stack/contract/ledger.ts';
import type { PendingMigration, UnsoundObject } from '../../../../stack/contract/migrate.ts';
import { amendLedger } from './amend.ts';
import { type Application, applyMigration } from './apply-migration.ts';
import { applyTogether } from './apply-together.ts';
import { betweenFiles } from './between-files.ts';
import { enter, settle } from './ledger.ts';
import { ensureLedger } from './ledger-schema.ts';
import { holdsLock } from './migration-lock.ts';
import type { ExtensionHint } from './refused.ts';
import { rehearseAll } from './rehearse.ts';
import type { Features } from './requirements.ts';
import { findUnsound } from './unsound.ts';
import { type Afterwards, once, type WorkSession, workSessions } from './work-sessions.ts';

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

type Asking = Pick<Application, 'direction' | 'signal'>;
type Given = Asking & Pick<Application, 'hooks'>;
type Use = (around: Omit<Application, 'migration' | 'hooks' | keyof Asking>) => Promise<void>;

/** What runs statements of files: each on a connection of its own. */
export function fileRunner(connection: Connection) {
  const { target, guard, clients, parts } = connection;
  const sessions = workSessions(target, clients);
  const asks = asking(guard, parts);
  const { writable, hints } = asks;
  const appliedBy = target.applicationName;
  const names = { user: target.user, database: target.database };
  const clientsOf = ({ client: work, pid, kept }: WorkSession) => ({ work, pid, guard, appliedBy, kept });
  const { run, together, unsettled } = running(asks, async (use) => {
    await sessions.with((work) => use({ names, clients: clientsOf(work) }));
  });
  return {
    bindings: sessions.bindings,
    apply: async (migration: PendingMigration, signal: AbortSignal, hooks: ApplyHooks = {}): Promise<void> => {
      if (migration.unavailable === undefined || migration.statements.length > 0)
        return run(migration, { direction: 'up', signal, hooks });
      await writable();
      await enter(guard, migration, { state: 'unavailable', statementsDone: 0, durationMs: 0, appliedBy });
    },
    applyTogether: together,
    settle: async (): Promise<void> => {
      const name = unsettled();
      if (name !== undefined) await settle(guard, name);
    },
    revert: (migration: PendingMigration, signal: AbortSignal, hooks: ApplyHooks = {}): Promise<void> =>
      run(migration, { direction: 'down', signal, hooks }),
    rehearse: async (migrations: readonly PendingMigration[], signal: AbortSignal, hooks: ApplyHooks = {}) => {
      const rest = { signal, hooks, names, unsound: () => findUnsound(guard), extensionHint: await hints() };
      await sessions.once((work) => rehearseAll(migrations, { ...rest, clients: clientsOf(work) }));
    },
    amend: async (amendment: Amendment): Promise<void> => {
      await writable();
      await amendLedger(guard, amendment, appliedBy);
    },
    fix: async ({ fix }: UnsoundObject): Promise<void> => {
      await writable();
      if (fix !== undefined) await sessions.once(({ client }) => runFix(client, fix));
    },
  };
}

/** @param withSession runs its argument with a session for files. */
function running(
  { ask, between }: ReturnType<typeof asking>,
  withSession: (use: (around: Pick<Application, 'names' | 'clients'>) => Promise<Afterwards>) => Promise<void>,
) {
  let unsettled: string | undefined;
  const withAnswers = async (migration: PendingMigration, given: Asking, use: Use) => {
    // At the same time as the session for the file is made, in which nothing runs before all of it is answered.
    const asked = ask(migration, given);
    asked.catch(() => undefined);
    const inSession = async (around: Pick<Application, 'names' | 'clients'>) => {
      const { before, extensionHint } = await asked;
      await use({ extensionHint, ...before, ...around });
      return between.after(migration, before);
    };
    await withSession(inSession).catch(async (error: unknown) => {
      await asked; // that the lock is lost says more than that there is no session
      throw error;
    });
  };
  return {
    /** The last file that is applied, where its commit did not wait for the disk. */
    unsettled: () => unsettled,
    run: (migration: PendingMigration, given: Given): Promise<void> =>
      withAnswers(migration, given, async (around) => {
        await applyMigration({ ...given, ...around, migration });
        // Any other commit waits for the disk, and the log is written in order.
        unsettled = around.isPlain ? migration.name : undefined;
      }),
    /** Plain files. @returns how many were applied. */
    together: async (migrations: readonly PendingMigration[], signal: AbortSignal, hooks: TogetherHooks) => {
      const [first] = migrations;
      let applied = 0;
      const onApplied = (index: number, durationMs: number): void => {
        unsettled = migrations[index]?.name;
        hooks.onApplied(index, durationMs);
      };
      const use: Use = async ({ isPlain, ...around }) => {
        if (isPlain) applied = await applyTogether({ ...around, migrations, signal, hooks: { ...hooks, onApplied } });
      };
      if (first !== undefined) await withAnswers(first, { direction: 'up', signal }, use);
      return applied;
    },
  };
}

/** What is asked of the session that holds the lock before a file runs. */
function asking(guard: Client, parts: MigratorParts) {
  const between = betweenFiles(guard);
  const hints = once(async () => (await parts.hints?.(guard)) ?? (() => undefined));
  // The lock ends with the session: as long as `guard` answers, it is held.
  const writable = once(async () => {
    if (!(await holdsLock(guard))) throw lost();
    await ensureLedger(guard);
  });
  const ask = async (migration: PendingMigration, { direction, signal }: Asking) => {
    await writable();
    const extensionHint = await hints();
    const before = await between.before(migration, direction).catch((error: unknown) => {
      throw serverError(error) === undefined && !signal.aborted ? lost() : error;
    });
    return { before, extensionHint };
  };
  return { writable, hints, ask, between };
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
