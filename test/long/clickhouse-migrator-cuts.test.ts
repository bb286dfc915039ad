import { expect, test } from 'vitest';
import { cutEverywhere } from '../support/clickhouse-cuts.ts';
import { findChdb, openFront } from '../support/clickhouse-front.ts';
import { raceTwoClickhouseRuns } from '../support/two-clickhouse-runs.ts';

const chdb = findChdb();

test.skipIf(chdb === undefined)(
  'a migration of ClickHouse that ends at any of its requests is gone on with, or the error names the repair',
  async () => {
    await using front = await openFront(chdb ?? '');
    const { cut, repaired } = await cutEverywhere(front, 1);
    expect(cut).toBeGreaterThan(50);
    expect(repaired).toBeGreaterThan(3);
  },
);

test.skipIf(chdb === undefined)('two runs at once on ClickHouse, 50 times', async () => {
  await using front = await openFront(chdb ?? '');
  await raceTwoClickhouseRuns(front, 50);
});
