import {
  type AskOptions,
  askClickhouse,
  type ClickhouseTarget,
  quoteName,
  runOnClickhouse,
} from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import type {
  LedgerEntry,
  MigrationSession,
  MigrationStatement,
  MigratorCapability,
  PendingMigration,
} from '../../../stack/contract/migrate.ts';
import { placeInFile } from '../../../stack/contract/migrate.ts';
import type { ClickhouseOptions } from '../options.ts';
import { untilDone } from '../provision.ts';
import { serviceTarget } from '../target.ts';
import { readBindings } from './bindings.ts';
import { migrationFailure, type Place } from './failure.ts';
import { type Lock, takeLock } from './lock.ts';
import { LEDGER_TABLE } from './tables.ts';

const ASK_MS = 10_000;
/** What is left to do after a failure must not keep anybody waiting. */
const CLEAN_UP_MS = 2000;
/** A statement of a migration takes as long as it takes. */
const NO_LIMIT = 0;

/**
 * No statement that defines a schema is transactional: a file runs statement by statement and has to be one that can run
 * again (IF NOT EXISTS and the like).
 */
export const migrator: MigratorCapability<ClickhouseOptions> = {
  sql: { backslashEscapes: true, backticks: true, hashComments: true, crEndsComments: false, nestedComments: false },
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
  const told = async <T>(use: () => Promise<T>, place: Omit<Place, 'service'> = {}): Promise<T> => {
    try {
      return await use();
    } catch (error) {
      throw migrationFailure(error, { service, timeoutMs: ASK_MS, ...place });
    }
  };
  return {
    applied: () => told(() => readLedger(target)),
    lock: (signal, onWait) =>
      told(
        async () => {
          lock = await takeLock(target, signal, onWait);
        },
        { signal },
      ),
    missing: (requirement) => told(() => missing(target, requirement)),
    lifted: async () => lifted,
    apply: (migration, signal) =>
      told(
        async () => {
          await createLedger(target);
          if (migration.unavailable !== undefined) return enter(target, migration, 'unavailable', new Date(), 0);
          await applyStatements(target, migration, lock, signal);
        },
        { signal, file: migration.path },
      ),
    // Without the server the lock ends by itself, and why the run failed matters more.
    close: async () => {
      await lock?.release().catch(() => undefined);
    },
  };
}

async function applyStatements(
  target: ClickhouseTarget,
  migration: PendingMigration,
  lock: Lock | undefined,
  signal: AbortSignal,
): Promise<void> {
  const started = new Date();
  const begun = performance.now();
  const elapsed = (): number => Math.round(performance.now() - begun);
  await enter(target, migration, 'running', started, 0);
  try {
    for (const statement of migration.statements) {
      await lock?.check();
      await runStatement(target, migration, statement, signal);
    }
  } catch (error) {
    // Who has taken the lock away writes the entries now. Without the server the entry stays `running`, which says as much.
    if (!isLocked(error)) {
      await enter({ ...target, timeoutMs: CLEAN_UP_MS }, migration, 'failed', started, elapsed()).catch(
        () => undefined,
      );
    }
    throw error;
  }
  await enter(target, migration, 'applied', started, elapsed());
}

function isLocked(error: unknown): boolean {
  return error instanceof StackctlError && error.code === 'E_LOCKED';
}

async function runStatement(
  target: ClickhouseTarget,
  { path, lockTimeoutMs }: PendingMigration,
  statement: MigrationStatement,
  signal: AbortSignal,
): Promise<void> {
  // Mutations and ALTERs are done, or have failed, when the statement returns.
  const settings: AskOptions['settings'] = {
    mutations_sync: 2,
    alter_sync: 2,
    ...(lockTimeoutMs > 0 && { lock_acquire_timeout: Math.max(1, Math.ceil(lockTimeoutMs / 1000)) }),
  };
  try {
    await runOnClickhouse({ ...target, timeoutMs: NO_LIMIT }, statement.text, { settings, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const offset = error instanceof ClickhouseError ? characters(statement.text, error.position ?? 0) : 0;
    const { line, column } = placeInFile(statement, offset);
    throw new StackctlError('E_MIGRATION_FAILED', `${path}:${line}:${column}: ${failureText(error, 0)}`, {
      hint: `What ran before stays. ${advice(error)}`,
      details: { path, line, column, ...(error instanceof ClickhouseError && { serverCode: error.serverCode }) },
      cause: error,
    });
  }
}

function advice(error: unknown): string {
  if (!(error instanceof ClickhouseError))
    return 'See `stackctl status` and `stackctl logs`, and run `stackctl migrate up` again.';
  if (PROFILE.has(error.serverCode))
    return "The profile of the service's user does not allow this: change it there (readonly, constraints), and run `stackctl migrate up` again.";
  return 'Fix the file, so that all of it can run again, and run `stackctl migrate up`.';
}

/** READONLY, SETTING_CONSTRAINT_VIOLATION. */
const PROFILE: ReadonlySet<number> = new Set([164, 452]);

/** The server counts bytes. */
function characters(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}

interface LedgerRow extends Omit<LedgerEntry, 'appliedAt'> {
  readonly appliedAtMs: number;
}

async function readLedger(target: ClickhouseTarget): Promise<readonly LedgerEntry[]> {
  const { rows: found } = await askClickhouse<{ readonly there: number }>(
    target,
    'SELECT count() AS there FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
    { parameters: { name: LEDGER_TABLE } },
  );
  if (found[0]?.there !== 1) return [];
  const { rows } = await askClickhouse<LedgerRow>(
    target,
    `SELECT name, argMax(checksum, written) AS checksum, argMax(state, written) AS state,
       toUnixTimestamp64Milli(argMax(applied_at, written)) AS appliedAtMs, argMax(duration_ms, written) AS durationMs
     FROM ${quoteName(LEDGER_TABLE)} GROUP BY name ORDER BY appliedAtMs, name`,
  );
  return rows.map(({ appliedAtMs, ...entry }) => ({ ...entry, appliedAt: new Date(appliedAtMs).toISOString() }));
}

/** Rows are only added, each with its place, so that a crash in between loses none. */
async function createLedger(target: ClickhouseTarget): Promise<void> {
  await runOnClickhouse(
    target,
    `CREATE TABLE IF NOT EXISTS ${quoteName(LEDGER_TABLE)} (
       name String, checksum String, state LowCardinality(String), applied_at DateTime64(3, 'UTC'), duration_ms UInt64,
       written UInt64
     ) ENGINE = MergeTree ORDER BY (name, written)`,
  );
}

async function enter(
  target: ClickhouseTarget,
  { name, checksum }: PendingMigration,
  state: LedgerEntry['state'],
  appliedAt: Date,
  durationMs: number,
): Promise<void> {
  await runOnClickhouse(
    target,
    `INSERT INTO ${quoteName(LEDGER_TABLE)} SELECT {name:String}, {checksum:String}, {state:String},
       fromUnixTimestamp64Milli({appliedAt:Int64}, 'UTC'), {durationMs:UInt64},
       (SELECT count() FROM ${quoteName(LEDGER_TABLE)}) + 1`,
    { parameters: { name, checksum, state, appliedAt: appliedAt.getTime(), durationMs } },
  );
}

/** `clickhouse>=25.3` compares the server's version. */
async function missing(target: ClickhouseTarget, requirement: string): Promise<string | undefined> {
  const wanted = /^clickhouse>=(\d+(?:\.\d+)*)$/.exec(requirement)?.[1];
  if (wanted === undefined) return `unknown requirement "${requirement}"`;
  const { rows } = await askClickhouse<{ readonly version: string }>(target, 'SELECT version() AS version');
  const version = rows[0]?.version ?? '';
  return isAtLeast(version, wanted) ? undefined : `ClickHouse ${version} is older than ${wanted}`;
}

export function isAtLeast(version: string, wanted: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of wanted.split('.').map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
