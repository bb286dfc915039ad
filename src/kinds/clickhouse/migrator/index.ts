import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import type { MigrationSession, MigratorCapability } from '../../../stack/contract/migrate.ts';
import type { ClickhouseOptions } from '../options.ts';
import { untilDone } from '../provision.ts';
import { CLICKHOUSE_SQL } from '../sql/dialect.ts';
import { serviceTarget } from '../target.ts';
import { applyMigration } from './apply.ts';
import { readBindings } from './bindings.ts';
import { migrationFailure, type Place } from './failure.ts';
import { readLedger } from './ledger.ts';
import { type Lock, takeLock } from './lock.ts';
import { missing } from './requirements.ts';

const ASK_MS = 10_000;

/**
 * No statement that defines a schema is transactional: a file runs statement by statement and has to be one that can run
 * again (IF NOT EXISTS and the like).
 */
export const migrator: MigratorCapability<ClickhouseOptions> = {
  sql: CLICKHOUSE_SQL,
  withoutTransactions: true,
  connect: async (input, signal) => {
    const target = serviceTarget(input, ASK_MS);
    await untilDone(input, signal, () => askClickhouse(target, 'SELECT 1', { signal }));
    const bindings = await readBindings(target).catch((error: unknown) => {
      throw migrationFailure(error, { service: input.service.name, timeoutMs: ASK_MS, signal });
    });
    return session({ ...target, settings: bindings.settings }, input.service.name, bindings.lifted);
  },
};

function session(target: ClickhouseTarget, service: string, lifted: readonly string[]): MigrationSession {
  let lock: Lock | undefined;
  const explained = async <T>(use: () => Promise<T>, place: Omit<Place, 'service'> = {}): Promise<T> => {
    try {
      return await use();
    } catch (error) {
      throw migrationFailure(error, { service, timeoutMs: ASK_MS, ...place });
    }
  };
  const takeTurn = async (signal: AbortSignal, onWait: (holder: string) => void): Promise<void> => {
    lock = await takeLock(target, signal, onWait);
  };
  return {
    applied: () => explained(() => readLedger(target)),
    lock: (signal, onWait) => explained(() => takeTurn(signal, onWait), { signal }),
    missing: (requirement) => explained(() => missing(target, requirement)),
    lifted: async () => lifted,
    apply: (migration, signal) =>
      explained(() => applyMigration(target, migration, lock, signal), { signal, file: migration.path }),
    // Without the server the lock ends by itself, and why the run failed matters more.
    close: async () => {
      await lock?.release().catch(() => undefined);
    },
  };
}
