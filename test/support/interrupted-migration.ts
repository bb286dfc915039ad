/** A run of the migrator that ends, as by kill -9, at any moment; and what the next run makes of it. */
import { expect } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import type { PendingMigration } from '../../src/stack/contract/migrate.ts';
import { openCutProxy } from './cut-proxy.ts';
import { bare, type Database, fileOf, soon } from './postgres-database.ts';
import { waitFor } from './wait-for.ts';

/** What cannot run twice stands beside what can run only outside of a transaction. */
export const WITHOUT = bare(
  '0002_without',
  `INSERT INTO counted VALUES ('first');
   CREATE TABLE made (n int);
   CREATE INDEX CONCURRENTLY IF NOT EXISTS counted_what ON counted (what);
   UPDATE counted SET what = what || '+';
   VACUUM counted;
   INSERT INTO counted VALUES ('last');`,
);
const WITHOUT_MAKES = ['first+', 'last'];

export const ONE_TRANSACTION = fileOf(
  '0003_one',
  `INSERT INTO counted VALUES ('first'); CREATE TABLE made (n int); UPDATE counted SET what = what || '+'`,
);
const ONE_TRANSACTION_MAKES = ['first+'];

export const CALLS = bare(
  '0004_calls',
  `INSERT INTO counted VALUES ('first');
   DO $$ BEGIN FOR i IN 1..2 LOOP INSERT INTO counted VALUES ('batch ' || i); COMMIT; END LOOP; END $$;`,
);

/** Which pieces a whole run of the file sends: from the first one behind the lock to the last one. */
export async function piecesOf(
  database: Database,
  file: PendingMigration,
): Promise<{ readonly first: number; readonly last: number }> {
  await empty(database);
  return runUntil(database, file, Number.POSITIVE_INFINITY, true);
}

/** Ends a run at its piece number `at`, and expects of the next one that everything is there once. */
export async function interruptAndGoOn(database: Database, file: PendingMigration, at: number, arrives: boolean) {
  await empty(database);
  await runUntil(database, file, at, arrives);
  const told = await nextRun(database, file);
  const rows = await database.query<{ what: string }>('select what from counted order by what');
  const made = file === WITHOUT ? WITHOUT_MAKES : ONE_TRANSACTION_MAKES;
  expect({ at, arrives, told, rows: rows.map(({ what }) => what) }).toEqual({ at, arrives, told, rows: made });
  expect(await database.query(`select state from stackctl.migrations where name = '${file.name}'`)).toEqual([
    { state: 'applied' },
  ]);
  await using later = await database.session();
  expect(await later.unsound?.()).toEqual([]);
  return told;
}

/** Undefined: it went on by itself. Else it has named the two commands, and the one that is true was taken. */
export async function nextRun(database: Database, file: PendingMigration): Promise<'told' | undefined> {
  const error = await attempt(database, file);
  if (error === undefined) return undefined;
  expect(error).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    hint: expect.stringContaining('See whether it is in effect'),
  });
  const ways = [...(error.hint ?? '').matchAll(/`stackctl migrate repair --statements-done \S+=(\d+)`/g)];
  const [isDone, isNot] = ways.map(([, count]) => Number(count));
  const statement = file.statements[isNot ?? 0]?.text ?? '';
  await amend(database, file, (await isInEffect(database, statement)) ? isDone : isNot);
  expect(await attempt(database, file)).toBeUndefined();
  return 'told';
}

async function amend(database: Database, { name, checksum }: PendingMigration, statementsDone = 0): Promise<void> {
  await using session = await database.locked();
  const rest = { event: 'markedApplied', reason: 'as it was seen' } as const;
  await session.amend?.({ name, checksum, state: 'failed', statementsDone, ...rest });
}

async function isInEffect(database: Database, statement: string): Promise<boolean> {
  if (!statement.startsWith('DO')) throw new Error(`not a statement that may be unclear: ${statement}`);
  return (await database.query(`select from counted where what = 'batch 2'`)).length === 1;
}

async function attempt(database: Database, file: PendingMigration): Promise<StackctlError | undefined> {
  await using session = await database.locked();
  const [entry] = (await session.applied()).filter(({ name }) => name === file.name);
  if (entry?.state === 'applied') return undefined;
  // Awaited here: the session is closed when this returns.
  return await session.apply(file, soon()).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof StackctlError) return error;
      throw error;
    },
  );
}

async function empty(database: Database): Promise<void> {
  await database.query(
    'drop schema if exists stackctl cascade; drop table if exists counted, made; create table counted (what text)',
  );
}

/** Returns how many pieces were sent until the run had the lock (and one more), and at the end. */
export async function runUntil(
  database: Database,
  file: PendingMigration,
  at: number,
  arrives: boolean,
): Promise<{ readonly first: number; readonly last: number }> {
  const target = database.target();
  await using proxy = await openCutProxy(target.address.port, at, arrives);
  const through = { ...target, address: { ...target.address, port: proxy.port } };
  let first = 0;
  try {
    await using session = await database.locked(through);
    first = proxy.sent() + 1;
    await session.apply(file, soon());
  } catch {
    // However it ended: the next run tells.
  }
  await waitFor('the sessions of the run to end', async () => {
    const left = await database.query(`select from pg_stat_activity where application_name like 'stackctl migrate%'
      and datname = current_database()`);
    return left.length === 0;
  });
  return { first, last: proxy.sent() };
}
