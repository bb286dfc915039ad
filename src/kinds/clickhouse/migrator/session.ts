import { type ClickhouseTarget, runOnClickhouse } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { shortText } from '../../../clients/clickhouse/short-text.ts';
import { StackctlError } from '../../../errors.ts';
import type { MigrationSession, PendingMigration, UnsoundObject } from '../../../stack/contract/migrate.ts';
import { amend } from './amend.ts';
import { enterUnavailable } from './enter.ts';
import { readEvents } from './events.ts';
import { migrationFailure, type Place } from './failure.ts';
import { entriesOf, readLedger } from './ledger.ts';
import { type Lock, takeLock } from './lock.ts';
import { missing } from './requirements.ts';
import { runFile } from './run-file.ts';
import { readUnsound } from './unsound.ts';

/** To look must not take long: of each column that may not be readable. */
const LOOK_S = 1;

export interface SessionAbout {
  /** Name of the service, for errors. */
  readonly service: string;
  /** What the profile has for applications and the target's settings lift. */
  readonly lifted: readonly string[];
}

/**
 * A migration session on one database: the target's. Nothing of it needs a connection that stays: each question is a
 * request, and only a file has a session of the server, of its own.
 */
export function migrationSession(target: ClickhouseTarget, { service, lifted }: SessionAbout): MigrationSession {
  let lock: Lock | undefined;
  const explained = async <T>(use: () => Promise<T>, place: Omit<Place, 'service'> = {}): Promise<T> => {
    try {
      return await use();
    } catch (error) {
      throw migrationFailure(error, { service, timeoutMs: target.timeoutMs, ...place });
    }
  };
  const takeTurn = async (signal: AbortSignal, onWait: (holder: string) => void): Promise<void> => {
    lock = await takeLock(target, signal, onWait);
  };
  const run = (part: 'up' | 'down'): MigrationSession['apply'] => {
    return (migration, signal, hooks) =>
      explained(() => runFile({ target, lock, part, signal, hooks }, migration), { signal, file: migration.path });
  };
  const leaveOut = (migration: PendingMigration): Promise<void> =>
    explained(() => enterUnavailable(target, migration), { file: migration.path });
  return {
    applied: () => explained(async () => entriesOf(await readLedger(target))),
    events: () => explained(() => readEvents(target)),
    lock: (signal, onWait) => explained(() => takeTurn(signal, onWait), { signal }),
    missing: (requirement) => explained(() => missing(target, requirement)),
    lifted: async () => lifted,
    unsound: () => explained(() => readUnsound(target, { maxSeconds: LOOK_S })),
    // What a file says for a server that lacks something runs as the file would.
    apply: (migration, signal, hooks) =>
      migration.unavailable === undefined || migration.statements.length > 0
        ? run('up')(migration, signal, hooks)
        : leaveOut(migration),
    revert: run('down'),
    amend: (amendment) => explained(() => amend(target, amendment)),
    fix: (object, signal) => explained(() => fix(target, object, signal), { signal }),
    // Without the server the lock ends by itself, and why the run failed matters more.
    close: async () => {
      await lock?.release().catch(() => undefined);
    },
  };
}

async function fix(
  target: ClickhouseTarget,
  { name, fix: statement }: UnsoundObject,
  signal: AbortSignal,
): Promise<void> {
  if (statement === undefined) return;
  try {
    await runOnClickhouse({ ...target, timeoutMs: 0 }, statement, { signal });
  } catch (error) {
    if (!(error instanceof ClickhouseError)) throw error;
    throw new StackctlError('E_MIGRATION_FAILED', `${name} could not be removed: ${shortText(error)}`, {
      hint: `Run it yourself: \`${statement}\``,
      details: { name, statement, serverCode: error.serverCode },
      cause: error,
    });
  }
}
