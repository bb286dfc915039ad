/** Two runs of the migrator on one ClickHouse database at the same time. */
import { expect } from 'vitest';
import { askClickhouse, runOnClickhouse } from '../../src/clients/clickhouse/ask.ts';
import { kind } from '../../src/kinds/clickhouse/index.ts';
import { serviceTarget } from '../../src/kinds/clickhouse/target.ts';
import type { ClickhouseFront } from './clickhouse-front.ts';
import { inputOf, migrationOf } from './clickhouse-migrations.ts';

const soon = (): AbortSignal => AbortSignal.timeout(60_000);

/**
 * Both runs apply the same files, one of which cannot run twice and one begins a mutation: each file is applied once, by
 * one of them, whoever waits is told for whom, and no lock is left.
 */
export async function raceTwoClickhouseRuns(front: ClickhouseFront, rounds: number): Promise<void> {
  const input = inputOf(front, 'race');
  const target = serviceTarget(input, 30_000);
  await runOnClickhouse({ ...target, database: 'default' }, 'CREATE DATABASE race');
  await runOnClickhouse(target, 'CREATE TABLE rows (round UInt32, n UInt8) ENGINE = MergeTree ORDER BY round');
  const holders = new Set<string>();
  for (let round = 1; round <= rounds; round++) {
    const files = [
      migrationOf(`${round}0_row`, `-- stackctl: once=true\nINSERT INTO rows VALUES (${round}, 1)`),
      migrationOf(`${round}1_change`, `ALTER TABLE rows DELETE WHERE round = ${round} AND n = 9`),
      migrationOf(`${round}2_row`, `-- stackctl: once=true\nINSERT INTO rows VALUES (${round}, 2)`),
    ];
    const runAll = async (): Promise<number> => {
      const mine = await kind.migrator?.connect(input, soon());
      if (mine === undefined) throw new Error('no migrator');
      try {
        await mine.lock(soon(), (holder) => holders.add(holder));
        const there = new Set((await mine.applied()).map(({ name }) => name));
        const pending = files.filter(({ name }) => !there.has(name));
        for (const file of pending) await mine.apply(file, soon());
        return pending.length;
      } finally {
        await mine.close();
      }
    };
    const done = await Promise.allSettled([runAll(), runAll()]);
    const failed = done.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect({ round, failed }).toEqual({ round, failed: [] });
    expect(done.map((each) => (each.status === 'fulfilled' ? each.value : -1)).toSorted()).toEqual([0, files.length]);
    const locks = `SELECT name FROM system.tables WHERE database = 'race' AND name LIKE '%lock%'`;
    expect((await askClickhouse(target, locks)).rows).toEqual([]);
  }
  const { rows } = await askClickhouse(target, 'SELECT count() AS rows, uniq(round, n) AS files FROM rows');
  expect(rows).toEqual([{ rows: 2 * rounds, files: 2 * rounds }]);
  for (const holder of holders) expect(holder).toContain(`pid ${process.pid}`);
}
