import { expect } from 'vitest';
import { interruptAndGoOn, ONE_TRANSACTION, piecesOf, WITHOUT } from '../support/interrupted-migration.ts';
import { databaseForTests } from '../support/postgres-database.ts';
import { raceTwoRuns } from '../support/two-runs.ts';

const database = databaseForTests({ hasTimescale: false });

database.test.each([
  ['a file without a transaction', WITHOUT],
  ['one transaction', ONE_TRANSACTION],
])('%s that is cut off at any moment: the next run brings it to its end', async (_what, file) => {
  const { first, last } = await piecesOf(database, file);
  expect(last - first).toBeGreaterThan(5);
  for (let at = first; at <= last; at++)
    for (const arrives of [false, true]) await interruptAndGoOn(database, file, at, arrives);
});

database.test('two runs at once, 50 times', async () => {
  await raceTwoRuns(database, 50);
});
