import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { SQLSTATE, serverError } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import type { ApplyHooks } from '../../../../stack/contract/apply-hooks.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { type Application, runWatched } from './apply-migration.ts';
import { limitsOf, runStatements } from './in-transaction.ts';
import { startAfresh } from './own-state.ts';

/**
 * Runs files one behind the other in one transaction, each in a session as clean as a transaction allows, and rolls it
 * back. What a rollback does not take back is said: numbers of sequences.
 * @throws as `applyMigration`
 */
export async function rehearseAll(
  migrations: readonly PendingMigration[],
  given: Omit<Application, 'migration' | 'direction' | 'isPlain'>,
): Promise<void> {
  const { work, guard } = given.clients;
  const before = await readSequences(guard);
  await ask(work, 'begin');
  try {
    for (const [index, migration] of migrations.entries()) {
      if (index > 0) await startAfresh(work);
      await runWatched({ ...given, migration, direction: 'up', isPlain: false }, async (run) => {
        await ask(work, limitsOf(migration));
        await runStatements(run);
      }).catch((error: unknown) => {
        throw index > 0 ? onlyHere(error, migration) : error;
      });
    }
  } finally {
    await ask(work, 'rollback').catch(() => undefined);
  }
  sayMoved(before, await readSequences(guard), given.hooks);
}

/** States that a file meets only because the files before it are in the same transaction. */
const ONLY_HERE: ReadonlySet<string | undefined> = new Set([
  SQLSTATE.unsafeEnumValue,
  SQLSTATE.activeTransaction,
  SQLSTATE.objectInUse,
]);

function onlyHere(error: unknown, { path }: PendingMigration): unknown {
  if (!(error instanceof StackctlError) || !ONLY_HERE.has(serverError(error.cause)?.sqlstate)) return error;
  return new StackctlError(error.code, error.message, {
    hint: `${path} cannot be rehearsed in one transaction with the files before it. Without --dry-run each file is committed by itself, so this error may not come there.`,
    details: error.details,
    cause: error.cause,
  });
}

interface Sequence {
  readonly name: string;
  readonly value: string | null;
}

async function readSequences(guard: Client): Promise<readonly Sequence[]> {
  const { rows } = await ask<{ name: string; value: string | null }>(
    guard,
    `select quote_ident(schemaname) || '.' || quote_ident(sequencename) as name, last_value::text as value
     from pg_sequences where schemaname <> 'stackctl' order by 1`,
  );
  return rows;
}

function sayMoved(before: readonly Sequence[], after: readonly Sequence[], { onNotice }: ApplyHooks): void {
  const values = new Map(before.map(({ name, value }) => [name, value]));
  for (const { name, value } of after) {
    const was = values.get(name);
    if (was !== undefined && was !== value)
      onNotice?.(`a rollback does not take back numbers: sequence ${name} went from ${was ?? 'unused'} to ${value}`);
  }
}
