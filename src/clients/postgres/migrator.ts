import { hostname } from 'node:os';
import type { Client } from 'pg';
import { StackctlError } from '../../errors.ts';
import type { MigrationSession } from '../../stack/migrate.ts';
import { applyMigration } from './apply-migration.ts';
import { ASK_MS, close, connectPostgres, type PostgresTarget, row } from './connect.ts';
import { endWith } from './end-with.ts';
import { readLedger } from './ledger.ts';
import { migrationFailure } from './migration-failure.ts';
import { holdsLock, takeLock } from './migration-lock.ts';
import { connectWhenReady } from './provision.ts';

/** Between an interrupt and the end of the connections: time to cancel the statement that runs and to roll back. */
const CANCEL_MS = 2000;

/** What files may require beyond `pg>=16`: name -> why this server does not have it, or undefined. */
export type Features = Readonly<Record<string, (client: Client) => Promise<string | undefined>>>;

/** Two connections: one for the statements, one that has the lock for as long as the session lasts. */
export async function connectMigrator(
  to: PostgresTarget,
  features: Features,
  signal: AbortSignal,
): Promise<MigrationSession> {
  // What others see of the holder: pg_stat_activity cuts it off at 63 bytes.
  const target = { ...to, applicationName: `${to.applicationName} ${hostname().slice(0, 30)}:${process.pid}` };
  // Nothing that the guard asks takes long, and nobody waits for it inside the server.
  const guard = await connectWhenReady({ ...target, statementTimeoutMs: ASK_MS }, signal);
  const work = await connectPostgres(target).catch(async (error: unknown) => {
    await close(guard);
    throw migrationFailure(error, { target, signal, timeoutMs: target.timeoutMs });
  });
  const bound = async <T>(until: AbortSignal, use: () => Promise<T>, file?: string): Promise<T> => {
    try {
      return await endWith({ clients: [work, guard], signal: until, graceMs: CANCEL_MS }, use);
    } catch (error) {
      throw migrationFailure(error, { target, signal: until, ...(file === undefined ? {} : { file }) });
    }
  };
  return {
    applied: () => bound(signal, () => readLedger(work)),
    lock: (until, onWait) => bound(until, () => takeLock(guard, until, onWait)),
    missing: (requirement) => bound(signal, () => missing(work, features, requirement)),
    apply: (migration, during) =>
      bound(
        during,
        async () => {
          if (!(await holdsLock(guard).catch(() => false))) throw lost();
          await applyMigration({ work, guard }, migration, during);
        },
        migration.path,
      ),
    close: async () => {
      await Promise.all([close(work), close(guard)]);
    },
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
    'the migration lock is not held (any more): the server was restarted, or nobody took it',
    {
      hint: 'Run the command again; what was applied stays applied.',
    },
  );
}
