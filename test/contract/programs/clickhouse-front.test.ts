import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickhouseFront, findChdb, openFront } from '../../support/clickhouse-front.ts';
import { waitFor } from '../../support/wait-for.ts';

const chdb = findChdb();

/** What an independent client finds at the HTTP interface over chdb. */
describe.skipIf(chdb === undefined)('the HTTP interface over chdb', () => {
  let front: ClickhouseFront;
  let client: ClickHouseClient;
  beforeAll(async () => {
    front = await openFront(chdb ?? '', { final: '1' });
    client = clientOf(front);
  });
  afterAll(async () => {
    await client?.close();
    await front?.[Symbol.asyncDispose]();
  });

  const rows = async <T>(query: string, more: object = {}): Promise<T[]> =>
    (await client.query({ query, format: 'JSONEachRow', ...more })).json<T>();

  test('answers queries, with parameters of every kind as they were given', async () => {
    const [row] = await rows(
      `SELECT {text:String} AS text, {number:Int64} AS number, {list:Array(String)} AS list, {at:DateTime64(3, 'UTC')} AS at`,
      {
        query_params: {
          text: "tab\t, \\back\\, 'quote', line\nä",
          number: -7,
          list: ["it's", 'b\t'],
          at: '2026-01-02 03:04:05.678',
        },
      },
    );
    expect(row).toEqual({
      text: "tab\t, \\back\\, 'quote', line\nä",
      number: expect.toSatisfy((value) => Number(value) === -7),
      list: ["it's", 'b\t'],
      at: '2026-01-02 03:04:05.678',
    });
  });

  test('takes inserts in the formats of the client, also with empty lines and semicolons inside', async () => {
    await client.command({ query: 'CREATE TABLE rows (id UInt32, words String) ENGINE = MergeTree ORDER BY id' });
    const summary = await client.insert({
      table: 'rows',
      format: 'JSONEachRow',
      values: [
        { id: 1, words: 'a;b\n\nDROP TABLE rows' },
        { id: 2, words: '' },
      ],
    });
    expect(summary.summary).toMatchObject({ written_rows: '2' });
    // An empty line ends the data for the engine itself, which would run the rest as SQL.
    const body = '3\t\n\n4\tz\n';
    await expect(post(front, 'query=INSERT INTO events.rows FORMAT TSV', body)).resolves.toMatchObject({ status: 400 });
    await post(front, 'query=INSERT INTO events.rows (words) FORMAT TSV', 'x\n\n\ny\n');
    await post(front, '', "INSERT INTO events.rows VALUES (5, 'it''s; \n\n'), (6, 'q')");
    await post(front, 'query=INSERT INTO events.rows FORMAT RowBinary', Buffer.from([9, 0, 0, 0, 3, 10, 10, 59]));
    expect(await rows('SELECT id, words FROM rows ORDER BY id, words')).toEqual([
      ...['', '', 'x', 'y'].map((words) => ({ id: 0, words })),
      { id: 1, words: 'a;b\n\nDROP TABLE rows' },
      { id: 2, words: '' },
      { id: 5, words: "it's; \n\n" },
      { id: 6, words: 'q' },
      { id: 9, words: '\n\n;' },
    ]);
  });

  test('inserts nothing of an insert that breaks off', async () => {
    await client.command({ query: 'CREATE TABLE whole (id UInt32) ENGINE = MergeTree ORDER BY id' });
    const body = '1\n2\n';
    const lines = [
      'POST /?query=INSERT%20INTO%20events.whole%20FORMAT%20TSV HTTP/1.1',
      'Host: localhost',
      ...Object.entries(headersOf(front)).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${body.length + 1}`,
    ];
    const socket = connect(front.port, '127.0.0.1');
    await new Promise((resolve) => socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, resolve));
    socket.end();
    await once(socket.resume(), 'close');
    expect(await rows('SELECT * FROM whole')).toEqual([]);
    expect(await post(front, 'query=INSERT INTO events.whole FORMAT TSV', body)).toMatchObject({ status: 200 });
    expect(await rows('SELECT id FROM whole')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('keeps settings, databases and temporary tables to the request, or to its session', async () => {
    const threads = `SELECT toUInt32(getSetting('max_threads')) AS threads, currentDatabase() AS db`;
    expect(await rows(threads, { clickhouse_settings: { max_threads: 7 } })).toEqual([{ threads: 7, db: 'events' }]);
    const [after] = await rows<{ threads: number }>(threads);
    expect(after?.threads).not.toBe(7);
    await client.command({ query: 'CREATE TEMPORARY TABLE kept (a UInt8)', session_id: 'one' });
    await client.command({ query: 'SET max_threads = 5', session_id: 'one' });
    expect(await rows('SELECT a FROM kept', { session_id: 'one' })).toEqual([]);
    expect(await rows(threads, { session_id: 'one', clickhouse_settings: { max_threads: 3 } })).toMatchObject([
      { threads: 3 },
    ]);
    expect(await rows(threads, { session_id: 'one' })).toMatchObject([{ threads: 5 }]);
    // What a statement of the session sets stays, also where the request had set it.
    await post(front, 'session_id=one&max_threads=3&join_use_nulls=1&database=system', 'SET max_threads = 6');
    expect(await rows(threads, { session_id: 'one' })).toEqual([{ threads: 6, db: 'events' }]);
    await post(front, 'session_id=one&database=events', 'USE system');
    expect(await post(front, 'session_id=one', 'SELECT currentDatabase()')).toMatchObject({ answer: 'system\n' });
    await post(front, 'session_id=one&session_check=1&close_session=1', 'SELECT 1');
    expect(await post(front, 'session_id=one&session_check=1', 'SELECT 1')).toMatchObject({ code: '372' });
    await expect(rows('SELECT * FROM kept')).rejects.toMatchObject({ code: '60' });
    expect(await post(front, 'session_id=two&session_check=1', 'SELECT 1')).toMatchObject({ code: '372' });
  });

  test('names errors with the code, the name and the status of a server', async () => {
    await expect(rows('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    const stranger = createClient({ ...optionsOf(front), password: 'wrong' });
    await expect(stranger.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    await stranger.close();
    const cases = [
      ['', 'SELEC 1', 400, '62'],
      ['', 'SELECT 1; DROP TABLE rows', 400, '62'],
      ['', "SELECT 1 INTO OUTFILE '/tmp/never'", 501, '48'],
      ['nosuch=1', 'SELECT 1', 404, '115'],
      ['database=nosuch', 'SELECT 1', 404, '81'],
      ['', '', 400, '62'],
    ] as const;
    for (const [search, body, status, code] of cases) {
      expect(await post(front, search, body), body).toMatchObject({ status, code });
    }
    const get = await fetch(`http://127.0.0.1:${front.port}/?query=DROP TABLE events.rows`, {
      headers: headersOf(front),
    });
    expect(await get.text()).toMatch(/^Code: 164\. .*\(READONLY\)/);
    expect((await fetch(`http://127.0.0.1:${front.port}/?query=SELECT 1`)).status).toBe(401);
  });

  test('compresses both ways when it is asked to', async () => {
    const compressing = createClient({ ...optionsOf(front), compression: { request: true, response: true } });
    await compressing.command({ query: 'CREATE TABLE packed (words String) ENGINE = MergeTree ORDER BY words' });
    const values = Array.from({ length: 5000 }, (_, index) => ({ words: `word ${index} ${'x'.repeat(50)}` }));
    await compressing.insert({ table: 'packed', values, format: 'JSONEachRow' });
    const answer = await compressing.query({ query: 'SELECT words FROM packed', format: 'JSONEachRow' });
    expect(answer.response_headers['content-encoding']).toBe('gzip');
    expect(await answer.json()).toHaveLength(5000);
    await compressing.close();
  });

  test('stays responsive while a long query runs, and ends it when its client goes', async () => {
    const leave = new AbortController();
    const long = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 3';
    const running = client.query({ query: long, abort_signal: leave.signal }).catch((error: Error) => error);
    const isRunning = async (): Promise<boolean> => {
      const [row] = await rows<{ n: number }>(
        "SELECT toUInt32(count()) AS n FROM system.processes WHERE startsWith(query, 'SELECT count() FROM numbers(')",
      );
      return row?.n === 1;
    };
    await waitFor('the query to run', isRunning);
    await rows('SELECT 1');
    expect(await isRunning()).toBe(true);
    leave.abort();
    await running;
    await waitFor('the query to end', async () => !(await isRunning()));
  });

  test('finds what a batch with the same token has inserted already', async () => {
    await client.command({
      query:
        'CREATE TABLE once (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100',
    });
    const batch = (token: string, id: number) =>
      client.insert({
        table: 'once',
        values: [{ id }],
        format: 'JSONEachRow',
        clickhouse_settings: { insert_deduplication_token: token },
      });
    await batch('block-1', 1);
    await batch('block-1', 1);
    await batch('block-1', 2); // the token decides, not the rows
    await batch('block-2', 1);
    expect(await rows('SELECT id FROM once')).toEqual([{ id: 1 }, { id: 1 }]);
  });

  test('has the settings of the profile everywhere, and a statement may say otherwise', async () => {
    await client.command({
      query: 'CREATE TABLE latest (id UInt32, n UInt32) ENGINE = ReplacingMergeTree ORDER BY id',
    });
    for (const n of [1, 2]) await client.insert({ table: 'latest', values: [{ id: 1, n }], format: 'JSONEachRow' });
    const count = (more: string, options: object = {}) =>
      rows(`SELECT toUInt32(count()) AS n FROM latest ${more}`, options);
    expect(await count('')).toEqual([{ n: 1 }]);
    expect(await count('', { session_id: 'three' })).toEqual([{ n: 1 }]);
    expect(await count('SETTINGS final = 0')).toEqual([{ n: 2 }]);
    expect(await count('', { clickhouse_settings: { final: 0 } })).toEqual([{ n: 2 }]);
  });

  test('loses nothing that it acknowledged when it is killed under writers', async () => {
    await client.command({
      query: 'CREATE TABLE ledger (batch UInt32, row UInt32) ENGINE = MergeTree ORDER BY (batch, row)',
    });
    const acked: number[] = [];
    let batch = 0;
    let writing = true;
    const writer = async (): Promise<void> => {
      while (writing) {
        batch += 1;
        const mine = batch;
        const values = Array.from({ length: 20 }, (_, row) => ({ batch: mine, row }));
        await client.insert({ table: 'ledger', values, format: 'JSONEachRow' }).then(
          () => acked.push(mine),
          () => undefined,
        );
      }
    };
    const writers = [writer(), writer(), writer()];
    for (const target of [40, 80]) {
      await waitFor('acknowledged batches', () => acked.length >= target);
      await front.kill();
      await front.start();
    }
    writing = false;
    await Promise.all(writers);
    const stored = await rows<{ batch: number; rows: number }>(
      'SELECT batch, toUInt32(count()) AS rows FROM ledger GROUP BY batch',
    );
    const counts = new Map(stored.map((row) => [row.batch, row.rows]));
    expect(acked.filter((number) => counts.get(number) !== 20)).toEqual([]);
    expect([...counts.values()].every((rows) => rows === 20)).toBe(true);
  });

  test('has a client of its own that runs the lines of clickhouse-client', async () => {
    const environment = {
      CLICKHOUSE_PORT: String(front.port),
      CLICKHOUSE_USER: 'tester',
      CLICKHOUSE_PASSWORD: front.password,
      CLICKHOUSE_DATABASE: 'events',
    };
    const cli = async (words: readonly string[], input = '') => {
      const child = spawn(process.execPath, [front.program, 'client', ...words], {
        env: { PATH: process.env.PATH, ...environment },
      });
      child.stdin.end(input);
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise((resolve) => child.on('exit', resolve)),
      ]);
      return { stdout, stderr, code };
    };
    expect(await cli(['--query', "SELECT 1, 'a\tb'"])).toEqual({ stdout: '1\ta\\tb\n', stderr: '', code: 0 });
    await cli(['-q', 'CREATE TABLE piped (id UInt32) ENGINE = Memory']);
    await cli(['-q', 'INSERT INTO piped FORMAT JSONEachRow'], '{"id":1}\n\n{"id":2}\n');
    expect((await cli([], 'INSERT INTO piped VALUES (3); SELECT count() FROM piped; -- end\n')).stdout).toBe('3\n');
    expect(await cli(['-q', 'SELECT * FROM nowhere'])).toMatchObject({
      stdout: '',
      code: 60,
      stderr: expect.stringContaining('UNKNOWN_TABLE'),
    });
  });

  test('does not start with a setting that the engine does not know, and says so', async () => {
    await expect(openFront(chdb ?? '', { nosuch: '1' })).rejects.toThrow("Unknown setting 'nosuch'");
  });

  test('ends in an orderly way', async () => {
    await front.kill('SIGTERM');
    expect(front.log()).toMatch(/ended\n$/);
    await front.start();
    expect(await rows('SELECT toUInt32(count()) AS n FROM once')).toEqual([{ n: 2 }]);
  });
});

function optionsOf({ port, password }: ClickhouseFront) {
  return {
    url: `http://127.0.0.1:${port}`,
    username: 'tester',
    password,
    database: 'events',
    log: { level: ClickHouseLogLevel.OFF },
    keep_alive: { idle_socket_ttl: 2000 },
  };
}

function clientOf(front: ClickhouseFront): ClickHouseClient {
  return createClient(optionsOf(front));
}

function headersOf({ password }: ClickhouseFront): Record<string, string> {
  return { 'X-ClickHouse-User': 'tester', 'X-ClickHouse-Key': password };
}

async function post(front: ClickhouseFront, search: string, body: string | Buffer) {
  const response = await fetch(`http://127.0.0.1:${front.port}/?${search}`, {
    method: 'POST',
    headers: headersOf(front),
    body,
  });
  const answer = await response.text();
  return { status: response.status, code: response.headers.get('x-clickhouse-exception-code'), answer };
}
