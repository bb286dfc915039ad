import { expect, test } from 'vitest';
import { findChdb } from '../support/clickhouse-front.ts';
import { killEverywhere, openShop } from '../support/killed-migration.ts';
import { ON_CLICKHOUSE, ONCE, REPEATABLE } from '../support/killed-on-clickhouse.ts';

test.skipIf(findChdb() === undefined).each([
  ['up, statements that can run again', REPEATABLE, { verb: 'up', from: 1 }],
  ['down, statements that can run again', REPEATABLE, { verb: 'down' }],
  ['up, statements that cannot run twice', ONCE, { verb: 'up' }],
  ['down, statements that cannot run twice', ONCE, { verb: 'down' }],
] as const)('migrate %s, is killed at each of its messages', { timeout: 1_200_000 }, async (_what, file, options) => {
  await using shop = await openShop(ON_CLICKHOUSE);
  const { killed, told } = await killEverywhere(shop, file, options);
  expect(killed).toBeGreaterThan(20);
  const hasToldWays = told.some((way) => way.includes(' --statements-done '));
  expect([file, hasToldWays]).toEqual([file, file === ONCE]);
});
