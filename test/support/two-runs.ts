/** Two runs of the migrator on one database at the same time. */
import { expect } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { bare, type Database, fileOf, soon } from './postgres-database.ts';

/**
 * Both runs apply the same files, among them one that builds an index concurrently, which waits for every old snapshot
 * of the database: each file is applied once, by one of them, and neither is the victim of a deadlock.
 */
export async function raceTwoRuns({ locked, query }: Database, rounds: number): Promise<void> {
  await query('create table race (round int, n int)');
  for (let round = 1; round <= rounds; round++) {
    const files = [
      fileOf(`${round}0_row`, `INSERT INTO race VALUES (${round}, 1)`),
      bare(`${round}1_index`, `CREATE INDEX CONCURRENTLY race_${round} ON race (n) WHERE round = ${round};`),
      fileOf(`${round}2_row`, `INSERT INTO race VALUES (${round}, 2)`),
    ];
    const runAll = async (): Promise<number> => {
      await using mine = await locked();
      const there = new Set((await mine.applied()).map(({ name }) => name));
      const pending = files.filter(({ name }) => !there.has(name));
      for (const file of pending) await mine.apply(file, soon());
      return pending.length;
    };
    const done = await Promise.allSettled([runAll(), runAll()]);
    const failed = done.flatMap((each) => (each.status === 'rejected' ? [told(each.reason)] : []));
    expect({ round, failed }).toEqual({ round, failed: [] });
    expect(done.map((each) => (each.status === 'fulfilled' ? each.value : -1)).toSorted()).toEqual([0, files.length]);
  }
  expect(await query('select count(*)::int as rows, count(distinct (round, n))::int as files from race')).toEqual([
    { rows: 2 * rounds, files: 2 * rounds },
  ]);
  expect(await query('select count(*)::int as n from pg_index where not indisvalid')).toEqual([{ n: 0 }]);
}

function told(error: unknown): string {
  return error instanceof StackctlError ? `${error.code} ${error.message}` : String(error);
}
