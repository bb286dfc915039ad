import { hostname } from 'node:os';
import { close, type PostgresTarget } from '../../../../clients/postgres/connect.ts';
import { endWith } from '../../../../clients/postgres/end-with.ts';
import { defined } from '../../../../lib/defined.ts';
import type { ApplyHooks, TogetherHooks } from '../../../../stack/contract/apply-hooks.ts';
import type { MigrationSession, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { connectWhenReady } from '../provision.ts';
import { bindingText } from './bindings.ts';
import { readEvents } from './ledger-events.ts';
import { migrationFailure } from './migration-failure.ts';
import { takeLock } from './migration-lock.ts';
import { plainTogether } from './plain-file.ts';
import { refusePooler, startupRefusal } from './pooler.ts';
import { readBrief, readLedger } from './read-ledger.ts';
import { missing } from './requirements.ts';
import { fileRunner, type MigratorParts } from './run-files.ts';
import { findUnsound, isOfConcern, plainUnsound } from './unsound.ts';

/** Time between an interrupt and the end of the connections, to cancel the running statement and to roll back. */
const CANCEL_MS = 2000;

/**
 * One connection holds the lock and keeps the ledger as long as the session lasts; the statements of each file get a new
 * one, so that no file finds settings or temporary tables of another.
 */
export async function connectMigrator(
  to: PostgresTarget,
  parts: MigratorParts,
  signal: AbortSignal,
): Promise<MigrationSession> {
  // What others see of the holder: pg_stat_activity cuts it off at 63 bytes.
  const target = { ...to, applicationName: `${to.applicationName} ${hostname().slice(0, 30)}:${process.pid}` };
  const guard = await connectWhenReady(target, signal).catch((error: unknown) => {
    throw startupRefusal(error, target);
  });
  const clients = new Set([guard]);
  const bound = async <T>(until: AbortSignal, use: () => Promise<T>, file?: () => string | undefined): Promise<T> => {
    try {
      return await endWith({ clients, signal: until, graceMs: CANCEL_MS }, use);
    } catch (error) {
      throw migrationFailure(error, { target, signal: until, ...defined({ file: file?.() }) });
    }
  };
  const files = fileRunner({ target, guard, clients, parts });
  return {
    applied: () => bound(signal, () => readLedger(guard)),
    brief: (newest) => bound(signal, () => readBrief(guard, newest)),
    events: () => bound(signal, () => readEvents(guard)),
    lock: (until, onWait) =>
      bound(until, async () => {
        await refusePooler(guard, target);
        await takeLock(guard, until, onWait);
      }),
    missing: (requirement) => bound(signal, () => missing(guard, parts.features, requirement)),
    lifted: () =>
      bound(signal, async () => (await files.bindings()).filter(({ lifted }) => lifted !== undefined).map(bindingText)),
    unsound: () => bound(signal, async () => (await findUnsound(guard)).filter(isOfConcern).map(plainUnsound)),
    apply: (migration, during, hooks) => bound(during, () => files.apply(migration, during, hooks), pathOf(migration)),
    together: async (migrations) => plainTogether(migrations),
    applyTogether: (migrations, during, hooks) => {
      const told = tellingPath(migrations, hooks);
      return bound(during, () => files.applyTogether(migrations, during, told.hooks), told.path);
    },
    settle: () => bound(signal, () => files.settle()),
    revert: (migration, during, hooks) =>
      bound(during, () => files.revert(migration, during, hooks), pathOf(migration)),
    rehearse: (migrations, during, hooks) => bound(during, () => files.rehearse(migrations, during, hooks)),
    amend: (amendment) => bound(signal, () => files.amend(amendment)),
    fix: (object, during) => bound(during, () => files.fix(object)),
    close: async () => {
      await Promise.all([...clients].map(close));
    },
  };
}

/** @returns `path`: of the file that the server is at work on, as far as it has said. */
function tellingPath(migrations: readonly PendingMigration[], hooks: TogetherHooks) {
  let at = 0;
  const of = (index: number): ApplyHooks => {
    at = index;
    return hooks.of(index);
  };
  return { path: () => migrations[at]?.path, hooks: { ...hooks, of } };
}

function pathOf({ path }: PendingMigration): () => string {
  return () => path;
}
