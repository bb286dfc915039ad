import { watchBlockers } from '../../../../clients/postgres/watch-blockers.ts';
import type { ApplyHooks, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { Failed, failedMigration, Unclear, unclearMigration } from './failed-statement.ts';
import { type FileRun, type MigrationClients, Unsound, unsoundNow } from './file-run.ts';
import { inTransaction } from './in-transaction.ts';
import { hearNotices } from './notices.ts';
import { oneByOne } from './one-by-one.ts';
import { runPlain } from './plain-file.ts';
import type { ExtensionHint } from './refused.ts';
import type { FoundUnsound } from './unsound.ts';
import { unsoundByFile } from './unsound-by-file.ts';
import { unsoundMigration } from './unsound-migration.ts';

export interface Application {
  readonly clients: MigrationClients;
  readonly migration: PendingMigration;
  readonly direction: 'up' | 'down';
  readonly signal: AbortSignal;
  readonly hooks: ApplyHooks;
  readonly unsound: FileRun['unsound'];
  /** See plain-file.ts; the database has no event triggers. */
  readonly isPlain: boolean;
  /** Of the connection. */
  readonly names: { readonly user: string; readonly database: string };
  readonly extensionHint: ExtensionHint;
}

/**
 * Applies one file or takes it back, and enters it into the ledger.
 * @throws E_MIGRATION_BLOCKED, E_MIGRATION_UNSOUND, E_MIGRATION_FAILED, the signal's reason.
 */
export async function applyMigration(given: Application): Promise<void> {
  await runWatched(given, wayOf(given));
}

function wayOf({ migration, isPlain }: Application): (file: FileRun) => Promise<void> {
  if (isPlain) return runPlain;
  return migration.transactional ? inTransaction : oneByOne;
}

/** Runs statements of a file, and makes of what they throw an error that says what to do. */
export async function runWatched(given: Application, run: (file: FileRun) => Promise<void>): Promise<void> {
  const { clients, migration, direction, signal, hooks, unsound } = given;
  signal.throwIfAborted();
  const watch = watchBlockers(clients, signal);
  const notices = hearNotices(clients.work, hooks.onNotice);
  const file: FileRun = {
    clients,
    migration,
    direction,
    signal,
    notices,
    unsound,
    onProgress: nowAndThen((done) => hooks.onProgress?.(done, migration.statements.length)),
    onWait: (who) => hooks.onNotice?.(who),
  };
  try {
    await run(file);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Unsound) throw unsoundMigration(migration, error, direction);
    if (error instanceof Unclear) throw unclearMigration(migration, error);
    if (!(error instanceof Failed)) throw error;
    const leftBehind = await leftBehindBy(file, error.index).catch(() => []);
    const { names, extensionHint } = given;
    throw failedMigration(migration, error, {
      ...names,
      direction,
      blockers: watch.last(),
      kept: clients.kept,
      leftBehind,
      extensionHint,
    });
  } finally {
    notices.end();
    await watch.stop();
  }
}

/** Nothing of a transactional file stays. */
async function leftBehindBy(file: FileRun, index: number): Promise<readonly FoundUnsound[]> {
  const { migration } = file;
  if (migration.transactional) return [];
  const before = (await file.unsound()).map(({ name }) => name);
  const found = unsoundByFile(migration.statements.slice(0, index + 1), await unsoundNow(file), before);
  // A constraint stays as it was.
  return found.filter(({ type }) => type !== 'constraint');
}

/** A file may have thousands of statements, each done in a moment. */
function nowAndThen(say: (done: number) => void): (done: number) => void {
  let last = performance.now();
  return (done) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    say(done);
  };
}

const PROGRESS_MS = 250;
