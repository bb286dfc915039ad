import { expect } from 'vitest';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { kind } from '../../../src/kinds/postgres/index.ts';
import { planRepair, repair, requireChosen } from '../../../src/migrate/repair.ts';
import type { RepairReport } from '../../../src/migrate/report.ts';
import { runPending } from '../../../src/migrate/run-pending.ts';
import { withMigrationSession } from '../../../src/migrate/session.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import { migratedOf, stackOf } from '../../support/imported.ts';
import { newDatabase } from '../../support/postgres-databases.ts';
import { postgresForTests } from '../../support/postgres-for-tests.ts';
import { installation } from '../../support/postgres-server.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { patience } from '../../support/wait-for.ts';

const { test, server, target } = postgresForTests({ kind: kind as Kind<never>, found: installation(false) });

/** The first statement sets what the third needs, the second fails, and the third would do its work twice. */
const FILE = `-- stackctl: transaction=false
SET shop.member = 'third@example.org';
CREATE UNIQUE INDEX CONCURRENTLY members_email ON members (email);
INSERT INTO members SELECT current_setting('shop.member');
`;

test('statements that a person has done are counted, and up goes on behind them', async () => {
  const shop = await shopWith(FILE);
  await shop.sql("insert into members values ('a@example.org'), ('a@example.org')");
  expect(await errorOf(shop.up())).toMatchObject({ message: expect.stringContaining('could not create unique index') });
  expect(await shop.applied()).toMatchObject([{ name: '1_members', state: 'failed', statementsDone: 1 }]);

  // A person corrects the rows, and builds the index by hand.
  await shop.sql('drop index members_email');
  await shop.sql('delete from members where ctid = (select min(ctid) from members)');
  await shop.sql('create unique index concurrently members_email on members (email)');
  for (const [counted, message] of [
    [{ '1_members': 4 }, '1_members has 3 statements, not 4'],
    [{ '1_members': 2, '2_other': 1 }, 'no file that failed or was interrupted: 2_other'],
  ] as const)
    expect(await errorOf(shop.count(counted))).toMatchObject({ code: 'E_USAGE', message });
  expect(await shop.applied()).toMatchObject([{ state: 'failed', statementsDone: 1 }]);

  // One too few: the server refuses what is there already, and nothing is lost.
  await shop.count({ '1_members': 1 });
  expect(await errorOf(shop.up())).toMatchObject({
    message: expect.stringContaining('"members_email" already exists'),
  });
  expect((await shop.count({ '1_members': 2 })).done).toMatchObject([
    { name: '1_members', problem: 'failed', action: expect.stringMatching(/^enter 2 of its statements as done/) },
  ]);
  expect(await shop.applied()).toMatchObject([{ state: 'failed', statementsDone: 2 }]);
  expect((await shop.up()).applied).toMatchObject([{ name: '1_members' }]);
  expect(await shop.sql('select email from members order by 1')).toEqual([
    { email: 'a@example.org' },
    { email: 'third@example.org' },
  ]);
  expect(await shop.applied()).toMatchObject([{ name: '1_members', state: 'applied', statementsDone: 3 }]);
  expect(await shop.events()).toMatchObject(
    [1, 2].map((done) => ({
      name: '1_members',
      type: 'statementsCounted',
      reason: `failed; ${done} of its statements were said to be in effect`,
      by: expect.stringContaining('stackctl migrate'),
    })),
  );
  // It is applied now: there is nothing to count any more.
  expect(await errorOf(shop.count({ '1_members': 3 }))).toMatchObject({
    message: 'no file that failed or was interrupted: 1_members',
  });
});

test('all of them, or none: nothing runs, or everything', async () => {
  const shop = await shopWith(FILE.replace('INSERT', 'INSERT wrongly'));
  await errorOf(shop.up());
  expect(await shop.applied()).toMatchObject([{ state: 'failed', statementsDone: 2 }]);
  await shop.count({ '1_members': 3 });
  expect((await shop.up()).applied).toMatchObject([{ name: '1_members' }]);
  expect(await shop.sql('select from members')).toEqual([]);

  const again = await shopWith(FILE.replace('CREATE', 'SELECT wrongly; CREATE'));
  await errorOf(again.up());
  await again.count({ '1_members': 0 });
  expect(await errorOf(again.up())).toMatchObject({ details: { statement: 2 } });
});

/** A database with a table and this file. */
async function shopWith(text: string) {
  const database = await newDatabase(target(), 'members_of_shop', 'create table members (email text)');
  const stack = stackOf(server().input, database.database, { steps: [{ target: '1_members.sql', text }] });
  const migrated = migratedOf(stack);
  const options = () => ({ signal: patience(), emit: () => undefined });
  const session = <T>(use: Parameters<typeof withMigrationSession<T>>[3]) =>
    withMigrationSession(stack, migrated, { signal: options().signal, command: 'stackctl migrate status' }, use);
  return {
    sql: (statement: string): Promise<readonly unknown[]> =>
      withPostgres(database, async (client) => (await client.query(statement)).rows),
    up: () => runPending(stack, migrated, options()),
    applied: () => session((opened) => opened.applied()),
    events: () => session(async (opened) => opened.events?.()),
    /** As the command does after a yes. */
    count: async (statementsDone: Readonly<Record<string, number>>): Promise<RepairReport> => {
      const choices = { markApplied: [], markReverted: [], statementsDone: new Map(Object.entries(statementsDone)) };
      const plan = await planRepair(stack, migrated, choices, options().signal);
      requireChosen(choices, [plan]);
      const confirmed = new Set(plan.steps.map(({ key }) => key));
      return repair(stack, migrated, { ...options(), choices, confirmed });
    },
  };
}
