import { expect } from 'vitest';
import { askClickhouse, runOnClickhouse } from '../../src/clients/clickhouse/ask.ts';
import { kind } from '../../src/kinds/clickhouse/index.ts';
import { serviceTarget } from '../../src/kinds/clickhouse/target.ts';
import type { MigrationSession } from '../../src/stack/contract/migrate.ts';
import type { ClickhouseFront } from './clickhouse-front.ts';
import { inputOf, migrationOf } from './clickhouse-migrations.ts';
import { openCuttingProxy } from './cutting-proxy.ts';
import { patience } from './wait-for.ts';

const FILE = migrationOf(
  '1_mixed',
  `-- stackctl: once=true
CREATE TEMPORARY TABLE source (a UInt8);
INSERT INTO source VALUES (1);
CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a;
INSERT INTO t SELECT a FROM source;
CREATE TABLE IF NOT EXISTS copy ENGINE = MergeTree ORDER BY a AS SELECT a FROM source;
INSERT INTO t VALUES (2);
ALTER TABLE t ADD COLUMN IF NOT EXISTS b UInt8 DEFAULT 7;
INSERT INTO t VALUES (3, 8)`,
);
const soon = patience;

/**
 * Ends a run at every `stride`-th of its requests, with that request and without it, and lets another run go on: it
 * converges, or its error names the repair, after which it converges. Nothing is there twice and nothing is missing.
 * @returns how many runs were cut, and how many of them needed the repair.
 */
export async function cutEverywhere(
  front: ClickhouseFront,
  stride: number,
): Promise<{ cut: number; repaired: number }> {
  await using proxy = await openCuttingProxy(front.port);
  const whole = await inDatabase(front, 'cut_0', proxy.port);
  proxy.reset();
  await whole.through.apply(FILE, soon());
  const requests = proxy.count();
  let [cut, repaired] = [0, 0];
  for (let at = 1; at <= requests; at += stride) {
    for (const arrives of [false, true]) {
      proxy.reset();
      const one = await inDatabase(front, `cut_${at}_${arrives ? 'with' : 'without'}`, proxy.port);
      proxy.reset(at, arrives);
      await expect(one.through.apply(FILE, soon())).rejects.toThrow();
      cut += 1;
      if (await goOn(one)) repaired += 1;
      expect([at, arrives, await one.rows('SELECT a, b FROM t ORDER BY a')]).toEqual([
        at,
        arrives,
        [
          { a: 1, b: 7 },
          { a: 2, b: 7 },
          { a: 3, b: 8 },
        ],
      ]);
      expect(await one.rows('SELECT a FROM copy')).toEqual([{ a: 1 }]);
      expect(await one.direct.applied()).toMatchObject([{ state: 'applied' }]);
    }
  }
  return { cut, repaired };
}

type Opened = Awaited<ReturnType<typeof inDatabase>>;

/** Whether a person had to say how it goes on. */
async function goOn({ direct, rows }: Opened): Promise<boolean> {
  const [entry] = await direct.applied();
  if (entry?.state === 'applied') return false;
  const error = await direct.apply(FILE, soon()).catch((thrown: unknown) => thrown);
  if (error === undefined) return false;
  expect(error).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    message: expect.stringContaining('may be in effect'),
    hint: expect.stringMatching(/--statements-done 1_mixed=\d+`.*--statements-done 1_mixed=\d+`/),
  });
  const { statementsDone } = (error as { details: { statementsDone: number } }).details;
  const isDone = await IN_EFFECT[statementsDone]?.(rows);
  const amendment = { name: FILE.name, checksum: FILE.checksum, state: 'failed', event: 'statementsCounted' } as const;
  await direct.amend?.({ ...amendment, statementsDone: statementsDone + (isDone ? 1 : 0), reason: 'looked' });
  await direct.apply(FILE, soon());
  return true;
}

/** What a person would look at, for each statement that cannot run twice. */
const IN_EFFECT: Readonly<Record<number, (rows: Opened['rows']) => Promise<boolean>>> = {
  3: async (rows) => (await rows('SELECT 1 FROM t WHERE a = 1')).length === 1,
  4: async (rows) => (await rows('SELECT 1 FROM copy')).length === 1,
  5: async (rows) => (await rows('SELECT 1 FROM t WHERE a = 2')).length === 1,
  7: async (rows) => (await rows('SELECT 1 FROM t WHERE a = 3')).length === 1,
};

async function inDatabase(front: ClickhouseFront, database: string, proxyPort: number) {
  const target = serviceTarget(inputOf(front, database), 20_000);
  await runOnClickhouse({ ...target, database: 'default' }, `CREATE DATABASE ${database}`);
  const connect = async (port: number): Promise<MigrationSession> => {
    const session = await kind.migrator?.connect(inputOf({ port, password: front.password }, database), soon());
    if (session === undefined) throw new Error('no migrator');
    return session;
  };
  return {
    direct: await connect(front.port),
    through: await connect(proxyPort),
    rows: async (statement: string) => (await askClickhouse<Readonly<Record<string, unknown>>>(target, statement)).rows,
  };
}
