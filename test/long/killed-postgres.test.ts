import { expect, test } from 'vitest';
import { killEverywhere, openShop } from '../support/killed-migration.ts';
import { IN_TRANSACTIONS, ON_POSTGRES, ONE_BY_ONE } from '../support/killed-on-postgres.ts';

// Until the lock is taken a run only reads: what it does before is tried with one of them.
test.each([
  ['up, one transaction', IN_TRANSACTIONS, { verb: 'up', from: 1, moments: ['before', 'after'] }],
  ['down, one transaction', IN_TRANSACTIONS, { verb: 'down' }],
  ['up, a file without a transaction', ONE_BY_ONE, { verb: 'up' }],
  ['down, a file without a transaction', ONE_BY_ONE, { verb: 'down' }],
] as const)('migrate %s, is killed at each of its messages', { timeout: 1_200_000 }, async (_what, file, options) => {
  await using shop = await openShop(ON_POSTGRES);
  const { killed, told } = await killEverywhere(shop, file, options);
  expect(killed).toBeGreaterThan(20);
  const hasToldWays = told.some((way) => way.includes(' --statements-done '));
  expect([file, hasToldWays]).toEqual([file, file === ONE_BY_ONE]);
});
