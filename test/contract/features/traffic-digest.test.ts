import { afterAll, beforeAll, describe, expect, test as it } from 'vitest';
import { quoteName } from '../../../src/clients/clickhouse/ask.ts';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { kind as clickhouse } from '../../../src/kinds/clickhouse/index.ts';
import { kind as postgres } from '../../../src/kinds/postgres/index.ts';
import { kind as timescaledb } from '../../../src/kinds/timescaledb/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { ServiceInput } from '../../../src/stack/contract/model.ts';
import { RANGE_EVENTS } from '../../../src/stack/contract/range-digest.ts';
import type { SendOutcome, TrafficStore } from '../../../src/stack/contract/traffic.ts';
import { createLedger } from '../../../src/traffic/ledger.ts';
import { createStoreReader } from '../../../src/traffic/read-store.ts';
import { reconcile } from '../../../src/traffic/reconcile.ts';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { watched } from '../../support/ranged-store.ts';

const RUN = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: [], signal: new AbortController().signal };
const never = RUN.signal;
const COUNT = 12 * RANGE_EVENTS + 100;
const id = (sequence: number, runId = RUN.runId): string => eventId(runId, sequence);
const ids = (from: number, until: number): string[] => Array.from({ length: until - from }, (_, at) => id(from + at));
const ALL = ids(0, COUNT);
const without = (...gone: readonly number[]): string[] => ALL.filter((_, sequence) => !gone.includes(sequence));

const OUTCOMES: Readonly<Record<'rejected' | 'unknown' | 'acked', SendOutcome>> = {
  acked: { type: 'acked' },
  rejected: { type: 'rejected', reason: 'no' },
  unknown: { type: 'unknown', reason: 'connection reset' },
};

type Others = Readonly<Record<number, 'rejected' | 'unknown'>>;

const UNKNOWN: Others = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [1000 + at, 'unknown']));

interface Case {
  readonly what: string;
  readonly stored: readonly string[];
  /** What did not end well for the sender. */
  readonly others?: Others;
  /** What the store is asked for. */
  readonly asked: readonly string[];
  readonly found: Readonly<Record<string, unknown>>;
}

const CASES: readonly Case[] = [
  { what: 'everything', stored: ALL.toReversed(), asked: ['digest'], found: { stored: COUNT } },
  {
    what: 'rows of another run beside it',
    stored: [...ALL, id(5, 'a1b2c3d4-e5f5'), id(5, 'a1b2c3d4-e5f7'), id(5, 'ffffffff-ffff')],
    ...{ asked: ['digest'], found: { stored: COUNT } },
  },
  { what: 'a row was dropped', stored: without(700), asked: ['digest', 'ranges 2'], found: { missingIds: [id(700)] } },
  {
    what: 'a row was doubled',
    ...{ stored: [...ALL, id(255), id(255)], asked: ['digest', 'ranges 0'] },
    found: { duplicates: 2, duplicateIds: [id(255)] },
  },
  {
    what: 'a row that was never sent',
    stored: [...ALL, id(COUNT), id(2 ** 48 - 1)],
    asked: ['digest', `ranges ${COUNT >> 8} ${2 ** 40 - 1}`],
    found: { phantomIds: [id(COUNT), id(2 ** 48 - 1)] },
  },
  {
    what: 'a refused row, and another one missing in its range',
    ...{ stored: without(610), others: { 600: 'rejected' }, asked: ['digest', 'ranges 2'] },
    found: { phantomIds: [id(600)], missingIds: [id(610)] },
  },
  {
    what: 'all refused rows of a range',
    ...{ stored: ALL, others: { 600: 'rejected', 601: 'rejected' }, asked: ['digest', 'ranges 2'] },
    found: { phantomIds: [id(600), id(601)] },
  },
  {
    what: 'two rows in the place of two others, with the sum and the xor of these',
    ...{ stored: [...without(512, 515), id(513), id(514)], asked: ['digest', 'ranges 2'] },
    found: { missingIds: [id(512), id(515)], duplicateIds: [id(513), id(514)] },
  },
  {
    what: 'rows missing at both ends of a run, and a batch',
    ...{
      stored: ALL.slice(1, -1).filter((_, at) => at < 400 || at >= 500),
      asked: ['digest', `ranges 0 1 ${COUNT >> 8}`],
    },
    found: { missing: 102 },
  },
  {
    what: 'refused rows that are not there',
    ...{ stored: without(600, 601), others: { 600: 'rejected', 601: 'rejected' }, asked: ['digest'] },
    found: { stored: COUNT - 2, missing: 0 },
  },
  { what: 'unknown rows that are there', stored: ALL, others: UNKNOWN, asked: ['digest'], found: { recovered: 40 } },
  {
    what: 'unknown rows that are not there',
    ...{ stored: without(...Object.keys(UNKNOWN).map(Number)), others: UNKNOWN, asked: ['digest'] },
    found: { recovered: 0, missing: 0 },
  },
  {
    what: 'unknown rows of which some are there, and one twice',
    ...{ stored: [...without(1000, 1030), id(1010)], others: UNKNOWN, asked: ['digest', 'ranges 3 4'] },
    found: { recovered: 38, missing: 0, duplicateIds: [id(1010)] },
  },
  {
    what: 'the half of it',
    ...{ stored: ALL.filter((_, sequence) => sequence % 2 === 0), asked: ['digest', 'read'] },
    found: { missing: COUNT / 2 },
  },
];

interface Opened {
  readonly store: TrafficStore;
  readonly others?: Others | undefined;
}

/** By digests; the same by reading everything must be the same. */
async function readBack({ store, others = {} }: Opened) {
  const { asked, store: seen } = watched(store);
  const ledger = createLedger();
  for (const sequence of ALL.keys()) ledger.record(sequence, OUTCOMES[others[sequence] ?? 'acked']);
  const compared = (reading: Awaited<ReturnType<TrafficStore['read']>>) => ({
    ...reconcile({ runId: RUN.runId, ledger, reading }),
    total: reading.found.total,
  });
  const reader = createStoreReader({ runId: RUN.runId, store: seen, ledger, limit: () => AbortSignal.timeout(60_000) });
  const found = compared(await reader.read());
  expect(found).toEqual(compared(await store.read(never)));
  const arrived = await reader.countArrived(never);
  expect(arrived).toBe(found.stored - found.phantom);
  return { found, asked: asked.slice(0, asked.length - Number(asked.length > 1)) };
}

const openStore = async (kind: Pick<Kind<never>, 'traffic'>, input: ServiceInput<never>, names: object) => {
  const store = kind.traffic?.store;
  expect(await store?.check?.(input, names, RUN)).toEqual([]);
  const opened = await store?.open(input, names, RUN);
  if (opened === undefined) throw new Error('no store');
  return opened;
};

/** What is told by digests of a table whose column is of this type. @param make makes it anew. */
function testDigests(
  test: typeof it,
  make: (type: string, stored: readonly string[]) => Promise<TrafficStore>,
  types: readonly string[],
) {
  test.each(types.flatMap((type) => CASES.map((own) => ({ ...own, type }))))(
    'in a column of $type: $what',
    async ({ type, stored, others, asked, found }) => {
      const read = await readBack({ store: await make(type, stored), others });
      expect(read.asked).toEqual(asked);
      expect(read.found).toMatchObject(found);
    },
  );

  test('rows under whatever id are counted, as far as they are asked for', async () => {
    const store = await make(types[0] ?? '', [id(5, 'ffffffff-ffff'), id(6, 'ffffffff-ffff'), id(7, 'ffffffff-ffff')]);
    expect(await store.rows?.(10, never)).toBe(3);
    expect(await store.rows?.(2, never)).toBe(2);
  });
}

describe.each([
  ['postgres', postgres as Kind<never>, false],
  ['timescaledb', timescaledb as Kind<never>, true],
] as const)('a server of %s', (_name, kind, hasTimescale) => {
  const installed = installation(hasTimescale);
  const test = it.skipIf(installed === undefined) as typeof it;
  const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };
  let server: PostgresServer<never> | undefined;
  const query = async (sql: string, values: readonly unknown[] = []): Promise<void> => {
    if (server === undefined) throw new Error('not started');
    const target = targetOf(server.input.instance.client, OPTIONS, 'provision');
    await withPostgres(target, (client) => client.query(sql, [...values]));
  };
  const [TABLE, COLUMN] = ['"Order ""items"""', '"order.Id"'];

  beforeAll(async () => {
    if (installed === undefined) return;
    server = await postgresServer({ kind, options: OPTIONS, installation: installed });
    await server.start();
    await server.ready();
    await query('create schema "Sales.2"');
    await query('create domain ident as uuid; create domain word as varchar(40)');
    await query("create collation ignoring (provider = icu, locale = 'und-u-ka-shifted')");
    await query("create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const insert = async (type: string, stored: readonly string[]): Promise<void> => {
    const rows = 'unnest($1::text[]) with ordinality rows (id, n)';
    const cast = type.replace(/ collate .*/, '');
    await query(`insert into "Sales.2".${TABLE} select id::${cast}, now() - n * interval '3 s' from ${rows}`, [stored]);
  };
  const make = async (type: string, stored: readonly string[]): Promise<TrafficStore> => {
    const table = `"Sales.2".${TABLE}`;
    await query(`drop table if exists ${table}`);
    await query(`create table ${table} (${COLUMN} ${type}, at timestamptz not null)`);
    const chunks = "'at', chunk_time_interval => interval '1 hour'";
    if (hasTimescale) await query(`select create_hypertable('${table}', ${chunks})`);
    await insert(type, stored);
    return openStore(kind, server?.service as ServiceInput<never>, { table, idColumn: COLUMN });
  };

  testDigests(test, make, ['uuid', 'text']);

  test.each(['ident', 'word', 'char(36)', 'varchar(60)', 'text collate "C"', 'text collate blind'])(
    'knows the ids of a column of %s',
    async (type) => {
      const store = await make(type, without(700));
      expect(await readBack({ store })).toMatchObject({ asked: ['digest', 'ranges 2'], found: { missing: 1 } });
      // By an index that has an order of its own.
      await query(`create index on "Sales.2".${TABLE} (${COLUMN})`);
      expect(await readBack({ store })).toMatchObject({ asked: ['digest', 'ranges 2'], found: { missing: 1 } });
    },
  );

  test('what lies between the ids of the run and is none is read as it is', async () => {
    // The last one mentions an event, and begins with nothing of the run.
    const near = [id(5).replaceAll('-', ''), id(5).toUpperCase(), `-${id(7)}`];
    const other = await make('text collate ignoring', [...ALL, ...near]);
    const seen = { asked: ['digest', 'read'], found: { duplicates: 1, duplicateIds: [id(7)] } };
    expect(await readBack({ store: other })).toMatchObject(seen);
    // As the consumer of a webhook may make it of two.
    const longer = await make('text', [...ALL, `${id(5)}:shop`]);
    const expected = { asked: ['digest', 'ranges 0'], found: { duplicates: 1, duplicateIds: [id(5)] } };
    expect(await readBack({ store: longer })).toMatchObject(expected);
  });

  test('a view is read the same way', async () => {
    await make('uuid', without(3));
    await query(`create view seen as select ${COLUMN} as id from "Sales.2".${TABLE}`);
    const view = await openStore(kind, server?.service as ServiceInput<never>, { table: 'seen', idColumn: 'id' });
    expect(await readBack({ store: view })).toMatchObject({ asked: ['digest', 'ranges 0'], found: { missing: 1 } });
    await query('drop view seen');
  });

  test('nobody waits for the digest of a server that does not answer', async () => {
    const store = await make('uuid', ALL);
    await expect(store.ranged?.digest(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});

const chdb = findChdb();

describe.skipIf(chdb === undefined)('a ClickHouse server', () => {
  const { input, run } = clickhouseForTests(chdb);
  // Names that the statement itself could have for what it asks.
  const [TABLE, COLUMN] = ['start.count', 'count'];
  const make = async (type: string, stored: readonly string[]): Promise<TrafficStore> => {
    const table = quoteName(TABLE);
    await run(`DROP TABLE IF EXISTS ${table}`);
    await run(`CREATE TABLE ${table} (${quoteName(COLUMN)} ${type}, start UInt8) ENGINE = MergeTree ORDER BY start`);
    const rows = stored.map((own) => `('${own}',1)`).join(',');
    await run(`INSERT INTO ${table} VALUES ${rows}`);
    const names = { table: `"${TABLE}"`, idColumn: COLUMN };
    return openStore(clickhouse as Kind<never>, input() as unknown as ServiceInput<never>, names);
  };

  testDigests(it, make, ['UUID', 'String']);

  it.each(['LowCardinality(String)', 'Nullable(String)', 'Nullable(UUID)', 'FixedString(36)'])(
    'knows the ids of a column of %s',
    async (type) => {
      const store = await make(type, without(700));
      expect(await readBack({ store })).toMatchObject({ asked: ['digest', 'ranges 2'], found: { missing: 1 } });
    },
  );

  it('what begins with the run and is no id is read as it is', async () => {
    const near = await make('String', [...ALL, `${RUN.runId} is a run`, `${RUN.runId}:${id(7)}`]);
    const seen = { asked: ['digest', 'read'], found: { duplicates: 1, duplicateIds: [id(7)] } };
    expect(await readBack({ store: near })).toMatchObject(seen);
    const longer = await make('String', [...ALL, `${id(5)}:shop`]);
    const expected = { asked: ['digest', 'ranges 0'], found: { duplicates: 1, duplicateIds: [id(5)] } };
    expect(await readBack({ store: longer })).toMatchObject(expected);
  });
});
