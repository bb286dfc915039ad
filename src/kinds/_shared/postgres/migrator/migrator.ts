import { hostname } from 'node:os';
import type { Client } from 'pg';
import { close, connectPostgres, type PostgresTarget, row } from '../../../../clients/postgres/connect.ts';
import { endWith } from '../../../../clients/postgres/end-with.ts';
import { SESSIONS } from '../../../../clients/postgres/purpose.ts';
import { StackctlError } from '../../../../errors.ts';
import { defined } from '../../../../lib/defined.ts';
import type { MigrationSession, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { connectWhenReady } from '../provision.ts';
import { applyMigration } from './apply-migration.ts';
import { type Binding, bindingText, readBindings } from './bindings.ts';
import { createLedger, enter, readLedger } from './ledger.ts';
import { migrationFailure } from './migration-failure.ts';
import { holdsLock, takeLock } from './migration-lock.ts';

/** Time between an interrupt and the end of the connections, to cancel the running statement and to roll back. */
const CANCEL_MS = 2000;

/** What files may require beyond `pg>=16`: name -> why this server does not have it, or undefined. */
export type Features = Readonly<Record<string, (client: Client) => Promise<string | undefined>>>;

/**
 * One connection holds the lock and keeps the ledger as long as the session lasts; the statements of each file get a new
 * one, so that no file finds settings or temporary tables of another.
 */
export async function connectMigrator(
  to: PostgresTarget,
  features: Features,
  signal: AbortSignal,
): Promise<MigrationSession> {
  // What others see of the holder: pg_stat_activity cuts it off at 63 bytes.
  const target = { ...to, applicationName: `${to.applicationName} ${hostname().slice(0, 30)}:${process.pid}` };
  const guard = await connectWhenReady(target, signal);
  const clients = new Set([guard]);
  const bindings = once(() => readBindings(target));
  const bound = async <T>(until: AbortSignal, use: () => Promise<T>, file?: string): Promise<T> => {
    try {
      return await endWith({ clients, signal: until, graceMs: CANCEL_MS }, use);
    } catch (error) {
      throw migrationFailure(error, { target, signal: until, ...defined({ file }) });
    }
  };
  const applyFile = async (migration: PendingMigration, during: AbortSignal): Promise<void> => {
    if (!(await holdsLock(guard).catch(() => false))) throw lost();
    await createLedger(guard);
    const appliedBy = target.applicationName;
    if (migration.unavailable !== undefined) {
      await enter(guard, migration, { state: 'unavailable', statementsDone: 0, durationMs: 0, appliedBy });
      return;
    }
    const found = await bindings();
    const work = await connectPostgres(workTarget(target, found));
    clients.add(work);
    try {
      const kept = found.filter(({ lifted }) => lifted === undefined).map(bindingText);
      await applyMigration({ work, guard, appliedBy, kept }, migration, during);
    } finally {
      clients.delete(work);
      await close(work);
    }
  };
  return {
    applied: () => bound(signal, () => readLedger(guard)),
    lock: (until, onWait) => bound(until, () => takeLock(guard, until, onWait)),
    missing: (requirement) => bound(signal, () => missing(guard, features, requirement)),
    lifted: () =>
      bound(signal, async () => (await bindings()).filter(({ lifted }) => lifted !== undefined).map(bindingText)),
    apply: (migration, during) => bound(during, () => applyFile(migration, during), migration.path),
    close: async () => {
      await Promise.all([...clients].map(close));
    },
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

async function missing(client: Client, features: Features, requirement: string): Promise<string | undefined> {
  const major = /^pg>=(\d+)$/.exec(requirement)?.[1];
  if (major !== undefined) {
    const { version } = await row<{ version: string }>(client, `select current_setting('server_version') as version`);
    return Number.parseInt(version, 10) >= Number(major) ? undefined : `the server is PostgreSQL ${version}`;
  }
  const feature = Object.hasOwn(features, requirement) ? features[requirement] : undefined;
  if (feature !== undefined) return feature(client);
  return `unknown requirement "${requirement}" (known: ${['pg>=N', ...Object.keys(features)].join(', ')})`;
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
