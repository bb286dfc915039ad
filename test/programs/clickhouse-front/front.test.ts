import { expect, test } from 'vitest';
import { contentTypeOf, engineError, statusOf } from '../../../src/programs/clickhouse-front/answer.ts';
import { clientOptions } from '../../../src/programs/clickhouse-front/client-options.ts';
import { makeGate } from '../../../src/programs/clickhouse-front/gate.ts';
import { authenticate, quoted, readRequest } from '../../../src/programs/clickhouse-front/request.ts';

const url = (search: string): URL => new URL(`http://localhost/?${search}`);
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('what a request says, in its line and in its headers', () => {
  const request = readRequest(
    'POST',
    url('query=SELECT+1&database=d&param_a=x%5Ct&max_threads=2&query_id=q&session_id=s'),
    {
      'x-clickhouse-user': 'u',
      'x-clickhouse-key': 'k',
      'x-clickhouse-format': 'CSV',
    },
  );
  expect(request).toMatchObject({
    query: 'SELECT 1',
    queryId: 'q',
    database: 'd',
    defaultFormat: 'CSV',
    user: 'u',
    password: 'k',
    session: { id: 's', timeoutS: 60, mustExist: false },
    readOnly: false,
  });
  expect([...request.settings]).toEqual([['max_threads', '2']]);
  expect([...request.parameters]).toEqual([['a', 'x\\t']]);
  expect(readRequest('GET', url(''), {})).toMatchObject({
    readOnly: true,
    user: 'default',
    hasCredentials: false,
    defaultFormat: 'TabSeparated',
  });
});

test.each([
  ['compress=1', 48],
  ['decompress=1', 48],
  ['session_id=s&session_timeout=99999', 36],
  ['a%3B+DROP=1', 115],
  ['param_a-b=1', 36],
])('%s is refused', (search, code) => {
  expect(() => readRequest('POST', url(search), {})).toThrow(expect.objectContaining({ code }));
});

test('who may ask', () => {
  const account = { user: 'u', passwordSha256: '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b' }; // "secret"
  const as = (search: string, authorization?: string) => () =>
    authenticate(readRequest('POST', url(search), authorization === undefined ? {} : { authorization }), account);
  expect(as('', basic('u:secret'))).not.toThrow();
  expect(as('user=u&password=secret')).not.toThrow();
  expect(as('', basic('u:wrong'))).toThrow(expect.objectContaining({ code: 516 }));
  expect(as('', basic('v:secret'))).toThrow(expect.objectContaining({ code: 516 }));
  expect(as('')).toThrow(expect.objectContaining({ code: 194 }));
});

test('errors keep the code of the engine', () => {
  expect(engineError(new Error('Code: 60. DB::Exception: no. (UNKNOWN_TABLE)'))).toMatchObject({ code: 60 });
  expect(engineError(new Error('strange'))).toMatchObject({ code: 1002 });
  expect([60, 62, 516, 159, 241].map(statusOf)).toEqual([404, 400, 403, 408, 500]);
});

test('the content type says what the format is', () => {
  const types = ['TSV', 'JSONEachRow', 'JSON', 'CSVWithNames', 'Native', 'Pretty'].map(contentTypeOf);
  expect(types.map((type) => type.split(/[/;]/)[1])).toEqual([
    'tab-separated-values',
    'x-ndjson',
    'json',
    'csv',
    'octet-stream',
    'plain',
  ]);
});

test('texts become literals that end where they should', () => {
  expect(quoted("it's \\ here")).toBe("'it\\'s \\\\ here'");
});

test('a gate admits in order, and forgets who has gone', async () => {
  const gate = makeGate(1);
  const never = new AbortController().signal;
  const gone = new AbortController();
  const leave = await gate.enter(never);
  const order: string[] = [];
  const given = gate.enter(gone.signal).catch(() => order.push('gone'));
  const second = gate.enter(never).then((out) => {
    order.push('second');
    out();
    out(); // leaving twice counts once
  });
  gone.abort();
  await given;
  leave();
  await second;
  await gate.idle();
  expect(order).toEqual(['gone', 'second']);
});

test('the client takes the words of clickhouse-client, and its secrets from the environment', () => {
  const env = { CLICKHOUSE_PASSWORD: 'p', CLICKHOUSE_PORT: '1', CLICKHOUSE_USER: 'u' };
  const options = clientOptions(
    ['--query', 'SELECT 1', '-d', 'db', '--port=9000', '--max_threads=3', '--format', 'CSV', '--multiquery'],
    env,
  );
  expect(options).toMatchObject({
    queries: ['SELECT 1'],
    database: 'db',
    port: 1,
    user: 'u',
    password: 'p',
    format: 'CSV',
  });
  expect([...options.settings]).toEqual([['max_threads', '3']]);
  expect(() => clientOptions(['SELECT 1'], {})).toThrow('unknown argument SELECT 1; a statement goes after --query');
  expect(() => clientOptions(['--query'], {})).toThrow('--query needs a value');
});
