import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickhouseError } from '../../../src/clients/clickhouse/failure.ts';
import { adviceFor } from '../../../src/kinds/clickhouse/migrator/advice.ts';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { migrationOf } from '../../support/clickhouse-migrations.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const chdb = findChdb();

describe.skipIf(chdb === undefined)('the hint of a statement that failed, on the engine itself', () => {
  const { connect, soon, run } = clickhouseForTests(chdb);
  let silent: Server;
  beforeAll(async () => {
    silent = await silentServer();
    await run('CREATE TABLE t (a UInt8, s String) ENGINE = MergeTree ORDER BY a');
    await run("INSERT INTO t VALUES (1, 'one')");
    await run('CREATE TABLE frozen (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS table_readonly = 1');
    await run(
      'CREATE TABLE full (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS min_free_disk_bytes_to_perform_insert = 1e18',
    );
    await run('CREATE TABLE parts (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS parts_to_throw_insert = 1');
    const { port } = silent.address() as AddressInfo;
    await run(`CREATE TABLE far (a UInt8) AS remote('127.0.0.1:${port}', events.t)`);
  });
  afterAll(() => silent?.close());

  test.each<[code: number, text: string, hint: string | RegExp]>([
    [
      497,
      'CREATE USER u',
      'The user tester may not do this. Let an administrator run: GRANT CREATE USER ON u TO `tester`;',
    ],
    [497, 'CREATE ROW POLICY p ON t USING 1 TO ALL', 'GRANT CREATE ROW POLICY ON events.t TO `tester`;'],
    [497, 'GRANT CREATE USER ON *.* TO default', 'GRANT CREATE USER ON * TO `tester` WITH GRANT OPTION;'],
    [774, 'ALTER TABLE frozen ADD COLUMN b UInt8', 'MODIFY SETTING table_readonly = 0'],
    [209, 'SELECT * FROM far SETTINGS receive_timeout = 1', /does not answer: .*SET receive_timeout/],
    [209, 'INSERT INTO far SELECT 1 SETTINGS receive_timeout = 1', /does not answer: .*SET receive_timeout/],
    [519, "SELECT * FROM remote('127.0.0.1:1', events.t)", 'does not answer'],
    [279, "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')", 'does not answer'],
    [10, 'ALTER TABLE t DROP COLUMN c', 'fix the name'],
    [16, 'INSERT INTO t (c) VALUES (1)', 'fix the name'],
    [47, 'SELECT c FROM t', 'fix the name'],
    [46, 'SELECT twise(a) FROM t', 'system.functions'],
    [60, 'SELECT a FROM tt', 'fix the name'],
    [81, 'CREATE TABLE nowhere.t (a UInt8) ENGINE = Memory', 'CREATE DATABASE IF NOT EXISTS'],
    [15, 'ALTER TABLE t ADD COLUMN s String', 'IF NOT EXISTS'],
    [57, 'CREATE TABLE t (a UInt8) ENGINE = Memory', 'IF NOT EXISTS'],
    [82, 'CREATE DATABASE events', 'IF NOT EXISTS'],
    [42, 'SELECT plus(1)', 'number of the arguments'],
    [43, "SELECT plus(1, 'a')", 'types'],
    [62, 'SELECT 1 FROM', 'could not read on'],
    [115, 'SET setting_of_tomorrow = 1', 'system.settings'],
    [159, 'SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_execution_time = 1', 'more time'],
    [164, 'SET readonly = 1; INSERT INTO t VALUES (2, 2)', 'The file sets readonly: '],
    [164, "INSERT INTO t SELECT 2, '2' SETTINGS readonly = 1", 'Take readonly out of the file'],
    [164, 'SET readonly = 1; SELECT 1', 'alter_sync'],
    [164, 'SET readonly = 1', 'alter_sync'],
    [241, 'SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 1000000', 'smaller pieces'],
    [53, "SELECT * FROM t WHERE a IN ('x')", 'types'],
    [
      160,
      'SELECT sleepEachRow(0.2) FROM numbers(50) SETTINGS max_block_size = 1, min_execution_speed = 1000000, timeout_before_checking_execution_speed = 1',
      'more time',
    ],
    [243, 'INSERT INTO full VALUES (1)', 'Free disk space'],
    [
      252,
      'SYSTEM STOP MERGES parts; INSERT INTO parts VALUES (1); INSERT INTO parts VALUES (2); INSERT INTO parts VALUES (3)',
      'larger batches',
    ],
    [344, 'CREATE TABLE series ENGINE = TimeSeries', 'Switch it on'],
    [359, 'SET max_table_size_to_drop = 1; DROP TABLE t', 'max_table_size_to_drop = 0'],
  ])('%i: %s', async (serverCode, text, hint) => {
    await expectHint(serverCode, text, hint);
  });

  test('473: a table that something else reads', async () => {
    await run('CREATE TABLE busy (a UInt8) ENGINE = Memory');
    await run('INSERT INTO busy VALUES (1), (2)');
    const reading = run('SELECT sleepEachRow(1), a FROM busy SETTINGS max_block_size = 1');
    await expectHint(473, 'SET lock_acquire_timeout = 1; TRUNCATE TABLE busy', 'system.processes');
    await reading;
  });

  async function expectHint(serverCode: number, text: string, hint: string | RegExp): Promise<void> {
    const session = await connect();
    const error = await errorOf(session.apply(migrationOf('1_e', `-- stackctl: once=true\n${text}`), soon()));
    await session.amend?.({ name: '1_e', checksum: '', state: 'forgotten', event: 'forgotten', reason: 'a test' });
    await session.close();
    expect(error).toMatchObject({ code: 'E_MIGRATION_FAILED', details: { serverCode } });
    expect(error.hint).toMatch(hint);
    expect(error.hint).toContain('Then run `stackctl migrate up` again.');
  }
});

/** As servers have answered whose Keeper, profile or restart this engine does not have. */
test.each<[code: number, said: string, hint: RegExp]>([
  [
    242,
    'Table is in readonly mode (replica path: /clickhouse/tables/01/visits/replicas/r1). (TABLE_IS_READ_ONLY)',
    /Keeper.*SYSTEM RESTART REPLICA/,
  ],
  [
    452,
    "Setting max_memory_usage shouldn't be greater than 10000000000. (SETTING_CONSTRAINT_VIOLATION)",
    /profile of the service's user/,
  ],
  [372, 'Session not found. (SESSION_NOT_FOUND)', /was started again/],
])('%i, as a server has answered', (code, said, hint) => {
  const answer = `Code: ${code}. DB::Exception: ${said} (version 24.10.1.890 (official build))`;
  expect(adviceFor(new ClickhouseError(code, 500, answer), { user: 'tester' })).toMatch(hint);
});

/** A server of the native protocol that greets, and then says nothing. */
async function silentServer(): Promise<Server> {
  // Hello: the name, the version 1.1, and a revision that adds nothing more.
  const name = Buffer.from('ClickHouse');
  const hello = Buffer.concat([Buffer.from([0, name.length]), name, Buffer.from([1, 1, 0xf0, 0xa5, 0x03])]);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(hello));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
