import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askClickhouse, runOnClickhouse } from '../../../src/clients/clickhouse/ask.ts';
import { engineAt } from '../../../src/kinds/clickhouse/engine.ts';
import { kind } from '../../../src/kinds/clickhouse/index.ts';
import { type ClickhouseOptions, clickhouseOptions } from '../../../src/kinds/clickhouse/options.ts';
import { serviceTarget } from '../../../src/kinds/clickhouse/target.ts';
import { deadline } from '../../../src/lib/poll.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { MigrationSession, PendingMigration } from '../../../src/stack/contract/migrate.ts';
import type { InstanceInput } from '../../../src/stack/contract/model.ts';
import { factsOf } from '../../../src/stack/contract/plugins.ts';
import { eventId } from '../../../src/stack/contract/traffic.ts';
import { type ClickhouseFront, findChdb, openFront } from '../../support/clickhouse-front.ts';
import { waitFor } from '../../support/wait-for.ts';

const chdb = findChdb();

describe.skipIf(chdb === undefined)('the kind clickhouse', () => {
  let front: ClickhouseFront;
  let input: InstanceInput<ClickhouseOptions>;
  beforeAll(async () => {
    // As a profile may limit what applications do.
    front = await openFront(chdb ?? '', { max_rows_to_read: '100000' });
    input = inputOf(front, 'events');
    const target = serviceTarget(input, 5000);
    await runOnClickhouse(target, 'CREATE TABLE visits (id UInt32, at DateTime) ENGINE = MergeTree ORDER BY id');
    await runOnClickhouse(target, 'INSERT INTO visits SELECT number, now() FROM numbers(12)');
  });
  afterAll(() => front?.[Symbol.asyncDispose]());

  const soon = (): AbortSignal => deadline(10_000);
  const probe = (of = input) => kind.probe(of, soon());

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
    const { answeredBy } = kind.summarize?.(input, new Map([[input.instance.name, await probe()]])) ?? {};
    expect(answeredBy).toMatch(/^chdb \(ClickHouse 26\.7\.[\d.]+\), in-process engine, not a server$/);
    expect(await engineAt(chdb ?? '')).toBe(answeredBy);
    const other = inputOf(front, 'elsewhere');
    expect((await probe(other)).reasons).toEqual(['database elsewhere does not exist']);
    await kind.provision?.(other, { signal: soon(), emit: () => undefined });
    expect((await probe(other)).reasons).toEqual([]);
  });

  test('says why there is no answer: a wrong password, a frozen server, none', async () => {
    expect((await probe(inputOf(front, 'events', 'wrong'))).reasons[0]).toMatch(/^no answer: .*AUTHENTICATION_FAILED/);
    process.kill(front.pid(), 'SIGSTOP');
    const before = performance.now();
    expect((await probe()).reasons).toEqual(['no answer: no reply within 1500 ms']);
    expect(performance.now() - before).toBeLessThan(2500);
    process.kill(front.pid(), 'SIGCONT');
    await front.kill();
    expect((await probe()).reasons).toEqual(['no answer: connection refused']);
    await front.start();
    expect((await probe()).reasons).toEqual([]);
  });

  test('tables of a traffic store are taken exactly as they are written, or refused before anything is sent', async () => {
    const target = serviceTarget(input, 5000);
    const run = { runId: 'a1b2c3d4-e5f6', signal: soon() };
    const id = eventId(run.runId, 1);
    for (const [name, column, type] of [
      ['`Order`', '`orderId`', 'UUID'],
      ['`a.b`', '`select`', 'LowCardinality(String)'],
      ['`o``clock`', 'id', 'FixedString(36)'],
    ]) {
      await runOnClickhouse(target, `CREATE TABLE ${name} (${column} ${type}, n UInt8) ENGINE = Memory`);
      await runOnClickhouse(target, `INSERT INTO ${name} VALUES ('${id}', 1)`);
    }
    const { store } = kind.traffic ?? {};
    const check = async (table: string, idColumn: string) =>
      (await store?.check?.(input, { table, idColumn }, run))?.map(({ path, message }) => [path.join('.'), message]);
    for (const [table, idColumn] of [
      ['Order', 'orderId'],
      ['events.Order', 'orderId'],
      ['"a.b"', 'select'],
      ['o`clock', 'id'],
    ] as const) {
      expect(await check(table, idColumn), table).toEqual([]);
      const opened = await store?.open(input, { table, idColumn }, run);
      expect(await opened?.read(run.signal), table).toEqual({ ids: [id], contradictions: [] });
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
    for (const name of ['`Order`', '`a.b`', '`o``clock`']) await runOnClickhouse(target, `DROP TABLE ${name}`);
  });

  test('names what a reset would delete, and leaves the schema and its record', async () => {
    const session = await connect();
    await session.apply(
      fileOf('0000_reset', ['CREATE TABLE IF NOT EXISTS seen (id UInt8) ENGINE = MergeTree ORDER BY id']),
      soon(),
    );
    await session.close();
    expect(await kind.reset?.describe(input, soon())).toEqual([
      'table events.seen (0 rows)',
      'table events.visits (12 rows)',
    ]);
    await kind.reset?.reset(input, soon());
    expect(await kind.reset?.describe(input, soon())).toEqual([
      'table events.seen (0 rows)',
      'table events.visits (0 rows)',
    ]);
    await expectLedger([{ name: '0000_reset', state: 'applied' }]);
  });

  test.each(kind.inspector?.views.map(({ name }) => name) ?? [])('reads the view %s', async (name) => {
    const view = kind.inspector?.views.find((found) => found.name === name);
    const result = await view?.read(input, soon());
    for (const row of result?.rows ?? []) expect(row).toHaveLength(result?.columns.length ?? 0);
    if (name === 'tables') expect(result?.rows.map(([table]) => table)).toContain('visits');
    if (name === 'disks') expect(result?.rows[0]?.[1]).toBeGreaterThan(0);
  });

  test('applies migrations statement by statement and remembers how it ended', async () => {
    const session = await connect();
    await session.lock(soon(), () => undefined);
    await session.apply(
      fileOf('0001_clicks', [
        'CREATE TABLE IF NOT EXISTS clicks (id UInt32) ENGINE = MergeTree ORDER BY id',
        "ALTER TABLE clicks ADD COLUMN IF NOT EXISTS who String DEFAULT 'ä;'",
      ]),
      soon(),
    );
    const broken = fileOf('0002_broken', [
      'CREATE TABLE IF NOT EXISTS half (id UInt8) ENGINE = Memory',
      "SELECT 'ä'\n FRM clicks WHERE who =",
    ]);
    await expect(session.apply(broken, soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/^migrations\/0002_broken\.sql:12:\d+: Syntax error/),
    });
    await expectLedger([
      { name: '0000_reset' },
      { name: '0001_clicks', state: 'applied' },
      { name: '0002_broken', state: 'failed' },
    ]);
    await session.apply(fileOf('0002_broken', ['CREATE TABLE IF NOT EXISTS half (id UInt8) ENGINE = Memory']), soon());
    await session.apply({ ...fileOf('0003_later', []), unavailable: 'not here' }, soon());
    await expectLedger([
      {},
      {},
      { name: '0002_broken', state: 'applied' },
      { name: '0003_later', state: 'unavailable' },
    ]);
    // What the profile allows an application does not bind a migration, and is named.
    expect(await session.lifted?.()).toEqual(['max_rows_to_read=100000 (the profile of the user tester)']);
    const copy = 'INSERT INTO clicks (id) SELECT number FROM numbers(200000)';
    await expect(runOnClickhouse(serviceTarget(input, 5000), copy)).rejects.toMatchObject({ type: 'TOO_MANY_ROWS' });
    await session.apply(fileOf('0003_copy', [copy]), soon());
    expect(await session.missing('clickhouse>=24.8')).toBeUndefined();
    expect(await session.missing('clickhouse>=99')).toMatch(/is older than 99/);
    expect(await session.missing('moon')).toBe('unknown requirement "moon"');
    await session.close();
  });

  test('lets one migrate at a time, and tells the others who it is', async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    await first.lock(soon(), () => undefined);
    const told: string[] = [];
    const waiting = second.lock(deadline(600), (holder) => told.push(holder));
    await expect(waiting).rejects.toMatchObject({
      code: 'E_LOCKED',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    expect(told).toHaveLength(1);
    await first.close();
    await second.lock(soon(), () => undefined);
    await second.close();
    const racers = await Promise.all(Array.from({ length: 5 }, connect));
    let inside = 0;
    await Promise.all(
      racers.map(async (session) => {
        await session.lock(soon(), () => undefined);
        inside += 1;
        expect(inside).toBe(1);
        await askClickhouse(serviceTarget(input, 5000), 'SELECT sleep(0.05)');
        inside -= 1;
        await session.close();
      }),
    );
  });

  test('a server that dies during a migration is told as such, with the place, and closing tells nothing else', async () => {
    const session = await connect();
    await session.lock(soon(), () => undefined);
    const dying = fileOf('0004_dying', ['CREATE TABLE IF NOT EXISTS d (id UInt8) ENGINE = Memory', 'SELECT sleep(3)']);
    const outcome = session.apply(dying, soon()).catch((thrown: unknown) => thrown);
    const running = "SELECT count() AS n FROM system.tables WHERE database = 'events' AND name = 'd'";
    await waitFor('the first statement', async () => {
      const { rows } = await askClickhouse<{ readonly n: number }>(serviceTarget(input, 5000), running);
      return rows[0]?.n === 1;
    });
    await front.kill();
    expect(await outcome).toMatchObject({
      code: expect.stringMatching(/^E_(MIGRATION_FAILED|NOT_READY)$/),
      message: expect.stringMatching(/^migrations\/0004_dying\.sql:.*(connection|socket)/),
      hint: expect.stringContaining('migrate'),
    });
    await expect(session.applied()).rejects.toMatchObject({ code: 'E_NOT_READY' });
    await session.close();
    await front.start();
  });

  async function connect(): Promise<MigrationSession> {
    const session = await kind.migrator?.connect(input, soon());
    if (session === undefined) throw new Error('no migrator');
    return session;
  }

  async function expectLedger(entries: readonly object[]): Promise<void> {
    const session = await connect();
    expect(await session.applied()).toMatchObject(entries);
    await session.close();
  }
});

function fileOf(name: string, statements: readonly string[]): PendingMigration {
  return {
    name,
    path: `migrations/${name}.sql`,
    checksum: 'c'.repeat(64),
    statements: statements.map((text, index) => ({ text, line: 1 + index * 10, column: 1 })),
    transactional: false,
    lockTimeoutMs: 0,
    unavailable: undefined,
  };
}

/** What a stack with one instance on this front would hand to the kind. */
function inputOf(
  { port, password }: ClickhouseFront,
  database: string,
  given = password,
): InstanceInput<ClickhouseOptions> {
  const address = { host: '127.0.0.1', port };
  const instance = { name: 'clickhouse-1', service: 'clickhouse', index: 1, ports: [], peer: address, client: address };
  const options = clickhouseOptions.parse({ database, user: 'tester', password: new Secret(given) });
  const service = { name: 'clickhouse', kind, instances: [instance], options };
  return { stack: { runtime: factsOf('process') }, service, instance } as unknown as InstanceInput<ClickhouseOptions>;
}
