import { beforeAll, describe, expect, test } from 'vitest';
import { engineAt } from '../../../src/kinds/clickhouse/engine.ts';
import { kind } from '../../../src/kinds/clickhouse/index.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { fileOf, inputOf } from '../../support/clickhouse-migrations.ts';
import { foundIds } from '../../support/found-ids.ts';

const chdb = findChdb();

describe.skipIf(chdb === undefined)('the kind clickhouse', () => {
  const { front, input, soon, connect, run, expectLedger } = clickhouseForTests(chdb);
  beforeAll(async () => {
    await run('CREATE TABLE visits (id UInt32, at DateTime) ENGINE = MergeTree ORDER BY id');
    await run('INSERT INTO visits SELECT number, now() FROM numbers(12)');
  });

  const probe = (of = input()) => kind.probe(of, soon());

  test('reads the state of a server, and names a database that is not there', async () => {
    expect(await probe()).toEqual({
      role: 'server',
      reasons: [],
      facts: {
        version: expect.stringMatching(/^26\.7\./),
        engine: 'chdb',
        uptimeS: expect.any(Number),
        tables: 1,
        rows: 12,
        usedBytes: expect.any(Number),
        diskFreeBytes: expect.toSatisfy((bytes: number) => bytes > 1e6),
        mostParts: 1,
        partsToDelay: expect.toSatisfy((parts: number) => parts >= 100),
        partsToThrow: expect.toSatisfy((parts: number) => parts >= 300),
      },
    });
    // What `status` says, from what answered, and what `doctor` says of the same engine before it runs.
    const { answeredBy } = kind.summarize?.(input(), new Map([[input().instance.name, await probe()]])) ?? {};
    expect(answeredBy).toMatch(/^chdb \(ClickHouse 26\.7\.[\d.]+\), in-process engine, not a server$/);
    expect(await engineAt(chdb ?? '')).toBe(answeredBy);
    const other = inputOf(front(), 'elsewhere');
    expect((await probe(other)).reasons).toEqual(['database elsewhere does not exist']);
    await kind.provision?.(other, { signal: soon(), emit: () => undefined });
    expect((await probe(other)).reasons).toEqual([]);
  });

  test('says why there is no answer: a wrong password, a frozen server, none', async () => {
    expect((await probe(inputOf(front(), 'events', 'wrong'))).reasons[0]).toMatch(
      /^no answer: .*AUTHENTICATION_FAILED/,
    );
    process.kill(front().pid(), 'SIGSTOP');
    expect((await probe()).reasons).toEqual(['no answer: no reply within 1500 ms']);
    process.kill(front().pid(), 'SIGCONT');
    await front().kill();
    expect((await probe()).reasons).toEqual(['no answer: connection refused']);
    await front().start();
    expect((await probe()).reasons).toEqual([]);
  });

  test('tables of a traffic store are taken exactly as they are written, or refused before anything is sent', async () => {
    const storeRun = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: ['orderId', 'm'], signal: soon() };
    const id = eventId(storeRun.runId, 1);
    for (const [name, column, type] of [
      ['`Order`', '`orderId`', 'UUID'],
      ['`a.b`', '`select`', 'LowCardinality(String)'],
      ['`o``clock`', 'id', 'FixedString(36)'],
    ]) {
      await run(`CREATE TABLE ${name} (${column} ${type}, n UInt8) ENGINE = Memory`);
      await run(`INSERT INTO ${name} VALUES ('${id}', 1)`);
    }
    const { store } = kind.traffic ?? {};
    const check = async (table: string, idColumn: string) =>
      (await store?.check?.(input(), { table, idColumn }, storeRun))?.map(({ path, message }) => [
        path.join('.'),
        message,
      ]);
    for (const [table, idColumn] of [
      ['Order', 'orderId'],
      ['events.Order', 'orderId'],
      ['"a.b"', 'select'],
      ['o`clock', 'id'],
    ] as const) {
      expect(await check(table, idColumn), table).toEqual([]);
      const opened = await store?.open(input(), { table, idColumn }, storeRun);
      expect(foundIds(storeRun.runId, await opened?.read(storeRun.signal)), table).toEqual([id]);
    }
    const exactly = 'names are taken exactly as they are written';
    expect(await check('order', 'orderId')).toEqual([
      ['table', `the database events has no table order; ${exactly}: did you mean Order?`],
    ]);
    expect(await check('elsewhere.Order', 'orderId')).toEqual([
      ['table', `the database elsewhere has no table Order; ${exactly}: did you mean Order?`],
    ]);
    expect(await check('Order', 'orderID')).toEqual([
      ['idColumn', `the table Order has no column orderID; ${exactly}: did you mean orderId?`],
    ]);
    expect(await check('Order', 'n')).toEqual([
      ['idColumn', expect.stringContaining('the column n is UInt8 and cannot')],
    ]);
    const { sink } = kind.traffic ?? {};
    const fields = async (table: string, ...names: readonly string[]) =>
      (await sink?.check?.(input(), { table }, { ...storeRun, fields: names }))?.map(({ message }) => message);
    expect(await fields('Order', 'orderId', 'n')).toEqual([]);
    expect(await fields('Order', 'orderId', 'N')).toEqual([
      `the table Order has no column N for that field of the body; ${exactly}: did you mean n?`,
    ]);
    expect(await fields('nowhere', 'n')).toEqual([expect.stringContaining('has no table nowhere')]);
    const others = await sink?.open(input(), { table: 'Order' }, { ...storeRun, fields: ['orderId', 'n'] });
    const event = (sequence: number, n: unknown) => {
      const own = eventId(storeRun.runId, sequence);
      return { sequence, id: own, body: { orderId: own, n } };
    };
    expect(await others?.send([event(2, 2), event(3, 3)])).toEqual([{ type: 'acked' }, { type: 'acked' }]);
    // None of a batch with a value that is none.
    const refused = await others?.send([event(4, 4), event(5, 'five')]);
    expect(refused?.map(({ type }) => type)).toEqual(['rejected', 'rejected']);
    const all = await store?.open(input(), { table: 'Order', idColumn: 'orderId' }, storeRun);
    expect(await all?.count(storeRun.signal)).toBe(3);
    for (const name of ['`Order`', '`a.b`', '`o``clock`']) await run(`DROP TABLE ${name}`);
  });

  test('names what a reset would delete, and leaves the schema and its record', async () => {
    const session = await connect();
    await session.apply(
      fileOf('0000_reset', ['CREATE TABLE IF NOT EXISTS seen (id UInt8) ENGINE = MergeTree ORDER BY id']),
      soon(),
    );
    await session.close();
    expect(await kind.reset?.describe(input(), soon())).toEqual([
      'table events.seen (0 rows)',
      'table events.visits (12 rows)',
    ]);
    await kind.reset?.reset(input(), soon());
    expect(await kind.reset?.describe(input(), soon())).toEqual([
      'table events.seen (0 rows)',
      'table events.visits (0 rows)',
    ]);
    await expectLedger([{ name: '0000_reset', state: 'applied' }]);
  });

  test.each(kind.inspector?.views.map(({ name }) => name) ?? [])('reads the view %s', async (name) => {
    const view = kind.inspector?.views.find((found) => found.name === name);
    const result = await view?.read(input(), soon());
    for (const row of result?.rows ?? []) expect(row).toHaveLength(result?.columns.length ?? 0);
    if (name === 'tables') expect(result?.rows.map(([table]) => table)).toContain('visits');
    if (name === 'disks') expect(result?.rows[0]?.[1]).toBeGreaterThan(0);
  });
});
