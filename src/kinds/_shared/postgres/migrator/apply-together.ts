import { watchBlockers } from '../../../../clients/postgres/watch-blockers.ts';
import type { TogetherHooks } from '../../../../stack/contract/apply-hooks.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { type Application, fileRun, told } from './apply-migration.ts';
import type { FileRun } from './file-run.ts';
import { RefusedTogether, runPlainFiles } from './run-plain.ts';

export interface TogetherApplication extends Omit<Application, 'migration' | 'direction' | 'hooks' | 'isPlain'> {
  readonly migrations: readonly PendingMigration[];
  readonly hooks: TogetherHooks;
}

/**
 * Applies plain files in one request, and enters each into the ledger; see `applyTogether` of the session.
 * @returns how many: all, or none where the server refused the request as a whole.
 * @throws E_MIGRATION_BLOCKED, E_MIGRATION_FAILED, E_LOCKED, the signal's reason.
 */
export async function applyTogether(given: TogetherApplication): Promise<number> {
  const { migrations, clients, signal, hooks } = given;
  signal.throwIfAborted();
  const watch = watchBlockers(clients, signal);
  let file: FileRun | undefined;
  const turnTo = (index: number): FileRun => {
    file?.notices.end();
    const migration = migrations[index] as PendingMigration;
    file = fileRun({ ...given, migration, direction: 'up', hooks: hooks.of(index), isPlain: true });
    return file;
  };
  try {
    await runPlainFiles(migrations, { clients, turnTo, onApplied: hooks.onApplied });
    return migrations.length;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RefusedTogether) return 0;
    throw file === undefined ? error : await told(error, file, { ...given, blockers: watch.last() });
  } finally {
    file?.notices.end();
    await watch.stop();
  }
}
