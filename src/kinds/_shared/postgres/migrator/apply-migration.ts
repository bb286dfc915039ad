import { watchBlockers } from '../../../../clients/postgres/watch-blockers.ts';
import type { ApplyHooks } from '../../../../stack/contract/apply-hooks.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { Failed, failedMigration, Unclear, unclearMigration } from './failed-statement.ts';
import { type FileRun, type MigrationClients, Unsound, unsoundNow } from './file-run.ts';
import { inTransaction } from './in-transaction.ts';
import { hearNotices } from './notices.ts';
import { oneByOne } from './one-by-one.ts';
import type { ExtensionHint } from './refused.ts';
import { runPlain } from './run-plain.ts';
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

/** Runs statements of a file. @throws what `told` makes of what they throw, the signal's reason. */
export async function runWatched(given: Application, run: (file: FileRun) => Promise<void>): Promise<void> {
  const { clients, signal } = given;
  signal.throwIfAborted();
  const watch = watchBlockers(clients, signal);
  const file = fileRun(given);
  try {
    await run(file);
  } catch (error) {
    signal.throwIfAborted();
    throw await told(error, file, { ...given, blockers: watch.last() });
  } finally {
    file.notices.end();
    await watch.stop();
  }
}

/** Hears what the server says from now on, until its notices are ended. */
export function fileRun({ clients, migration, direction, signal, hooks, unsound }: Application): FileRun {
  return {
    clients,
    migration,
    direction,
    signal,
    notices: hearNotices(clients.work, hooks.onNotice),
    unsound,
    onProgress: nowAndThen((done) => hooks.onProgress?.(done, migration.statements.length)),
    onWait: (who) => hooks.onNotice?.(who),
  };
}

/** What kept a file from its end, as an error that says what to do. */
export async function told(
  error: unknown,
  file: FileRun,
  { names, extensionHint, blockers }: Pick<Application, 'names' | 'extensionHint'> & { blockers: string | undefined },
): Promise<unknown> {
  const { clients, migration, direction } = file;
  if (error instanceof Unsound) return unsoundMigration(migration, error, direction);
  if (error instanceof Unclear) return unclearMigration(migration, error);
  if (!(error instanceof Failed)) return error;
  const leftBehind = await leftBehindBy(file, error.index).catch(() => []);
  const { kept } = clients;
  return failedMigration(migration, error, { ...names, direction, blockers, kept, leftBehind, extensionHint });
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
