import { expect } from 'vitest';
import { interruptAndGoOn, ONE_TRANSACTION, piecesOf, WITHOUT } from '../support/interrupted-migration.ts';
import { databaseForTests } from '../support/postgres-database.ts';

const database = databaseForTests({ hasTimescale: false });

database.test.each([
  ['a file without a transaction', WITHOUT],
  ['one transaction', ONE_TRANSACTION],
])('%s that is cut off at any moment: the next run brings it to its end', async (_what, file) => {
  const pieces = await piecesOf(database, file);
  expect(pieces).toBeGreaterThan(10);
  for (let at = 1; at <= pieces; at++)
    for (const arrives of [false, true]) await interruptAndGoOn(database, file, at, arrives);
});
