import { StackctlError } from '../errors.ts';
import type { Stack } from '../stack/contract/model.ts';
import { upCommand } from './command-lines.ts';
import type { MigratedService } from './folder.ts';
import { mayBeLeftOut, type PendingFile, pendingMigration, readState, upTo } from './read-state.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { RehearsalReport } from './report.ts';
import { type RunOptions, refuseHalfReverted, unavailableError } from './run-pending.ts';
import { withMigrationSession } from './session.ts';
import { takeTurn } from './turn.ts';

/**
 * Runs the pending files in one transaction and rolls it back: what they would do to this data, with the locks that they
 * would take. Ends before the first file that runs without a transaction, because what follows it may need it.
 * @throws E_MIGRATION_UNAVAILABLE where the server has no transactions for schemas, or lacks what a file requires; E_DRIFT, E_LOCKED, E_MIGRATION_BLOCKED,
 * E_MIGRATION_FAILED as `runPending`; nothing is changed.
 */
export async function rehearsePending(
  stack: Stack,
  migrated: MigratedService,
  options: RunOptions,
): Promise<RehearsalReport> {
  const { service } = migrated;
  const about = { signal: options.signal, command: `${upCommand(options)} --dry-run=rollback` };
  return withMigrationSession(stack, migrated, about, async (session) => {
    if (session.rehearse === undefined) throw noRehearsal(service.name);
    await takeTurn(service, session, options);
    const { pending, drifted } = await readState(migrated, session, options);
    refuseDrift(service.name, drifted);
    const wanted = upTo(pending, options.to);
    refuseHalfReverted(stack, service, wanted);
    const refused = wanted.find(({ content, missing }) => missing !== undefined && !mayBeLeftOut(content));
    if (refused?.missing !== undefined) throw unavailableError(refused.file, refused.content, refused.missing);
    const { rehearsed, left } = cut(wanted);
    const leftOut = rehearsed.filter((item) => pendingMigration(item).statements.length === 0);
    const run = rehearsed.filter((item) => !leftOut.includes(item));
    const begin = performance.now();
    if (run.length > 0) {
      const onNotice = (notice: string) => options.emit({ type: 'note', text: `${service.name}: ${notice}` });
      await session.rehearse(run.map(pendingMigration), options.signal, { onNotice });
    }
    return {
      service: service.name,
      rehearsed: run.map(({ file }) => file.name),
      unavailable: leftOut.map(({ file, missing }) => ({ name: file.name, reason: missing ?? '' })),
      left: left.map(({ file }) => file.name),
      durationMs: Math.round(performance.now() - begin),
    };
  });
}

/** What is left out in this server has no statements, so that it is no reason to end. */
function cut(pending: readonly PendingFile[]): { rehearsed: readonly PendingFile[]; left: readonly PendingFile[] } {
  const end = pending.findIndex((item) => {
    const { transactional, statements } = pendingMigration(item);
    return !transactional && statements.length > 0;
  });
  return end === -1 ? { rehearsed: pending, left: [] } : { rehearsed: pending.slice(0, end), left: pending.slice(end) };
}

function noRehearsal(service: string): StackctlError {
  return new StackctlError(
    'E_MIGRATION_UNAVAILABLE',
    `${service} has no transactions for schemas: nothing can be rolled back`,
    {
      hint: 'Print what would be done: stackctl migrate up --dry-run. Apply it to an empty database: stackctl migrate verify --shadow.',
    },
  );
}
