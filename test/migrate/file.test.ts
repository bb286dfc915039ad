import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { readMigration } from '../../src/migrate/file.ts';

const RULES = { sql: POSTGRES_SQL, withoutTransactions: false };
const read = (text: string, name = '0001_events.sql', rules = RULES) =>
  readMigration({ name, path: `migrations/${name}`, text }, rules);
const file = (text: string, name?: string) => {
  const result = read(text, name);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.file;
};
const problems = (text: string, name?: string) => {
  const result = read(text, name);
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe('the header', () => {
  test('says nothing: one transaction, two seconds for a lock', () => {
    expect(file('SELECT 1')).toMatchObject({
      transactional: true,
      lockTimeoutMs: 2000,
      requires: [],
      optional: false,
      version: 1n,
      name: '0001_events',
    });
  });

  test('may take several lines among other comments', () => {
    const text =
      '-- Title\n-- stackctl: requires=timescaledb,pg>=16 optional=true\n--stackctl: lock_timeout=1m\nSELECT 1';
    expect(file(text)).toMatchObject({ requires: ['timescaledb', 'pg>=16'], optional: true, lockTimeoutMs: 60_000 });
  });

  test('without a transaction nothing limits the wait for a lock, unless the file does', () => {
    expect(file('-- stackctl: transaction=false\nVACUUM')).toMatchObject({ transactional: false, lockTimeoutMs: 0 });
    const both = '-- stackctl: transaction=false lock_timeout=3s\nVACUUM';
    expect(file(both)).toMatchObject({ lockTimeoutMs: 3000 });
  });

  test('every mistake has its place', () => {
    const text = [
      '-- stackctl: transactoin=false lock_timeout=5 optional=true',
      '-- stackctl: requires= optional=true',
      'SELECT 1;',
      '-- stackctl: transaction=false',
    ].join('\n');
    expect(problems(text)).toEqual([
      '4:1 settings belong above the first statement',
      expect.stringMatching(/^1:14 unknown setting "transactoin" .*did you mean "transaction"\?$/),
      '1:32 lock_timeout must be a duration such as 500ms or 5s',
      expect.stringMatching(/^2:14 requires must name/),
      '2:24 optional was given before',
      expect.stringMatching(/^1:47 optional says what happens without/),
    ]);
  });

  test('a text that looks like one is none', () => {
    expect(file("SELECT '\n-- stackctl: transaction=false\n'").transactional).toBe(true);
  });
});

describe('the checksum', () => {
  test('is that of the text with LF line ends', () => {
    const lf = file('SELECT 1;\nSELECT 2;\n').checksum;
    expect(lf).toBe('82efb67f3010c6eb7ead02e4f6d9550633dbc1407f99aa487468e7b2567aebbc');
    expect(file('\uFEFFSELECT 1;\r\nSELECT 2;\r\n').checksum).toBe(lf);
    expect(file('SELECT 1;\nSELECT 2;').checksum).not.toBe(lf);
  });
});

test('statements know their place, also behind CRLF', () => {
  expect(file('-- a\r\nSELECT 1;\r\n  SELECT 2').statements).toEqual([
    { text: 'SELECT 1', line: 2, column: 1 },
    { text: 'SELECT 2', line: 3, column: 3 },
  ]);
});

test('a CR alone ends a line and a comment, as it does for the server', () => {
  expect(file('-- stackctl: lock_timeout=1s\rSELECT 1;\r  SELECT 2').statements).toEqual([
    { text: 'SELECT 1', line: 2, column: 1 },
    { text: 'SELECT 2', line: 3, column: 3 },
  ]);
  expect(file('-- stackctl: lock_timeout=1s\rSELECT 1').lockTimeoutMs).toBe(1000);
});

test('where only LF ends a comment, a statement that CR would hide is refused', () => {
  const read = (text: string) =>
    readMigration({ name: '1_a.sql', path: '1_a.sql', text }, { sql: CLICKHOUSE_SQL, withoutTransactions: true });
  expect(read('SELECT 1;\n-- b\rSELECT 2;\rSELECT 3')).toMatchObject({
    ok: false,
    problems: [{ line: 2, column: 1, message: expect.stringContaining('save the file with LF') }],
  });
  expect(read('-- a\r\nSELECT 1; # b\r\nSELECT 2')).toMatchObject({ ok: true });
});

test('a file that is not UTF-8 is refused at its place', () => {
  const mistake = { line: 2, column: 30, message: 'this is not UTF-8' };
  expect(readMigration({ name: '1_a.sql', path: 'm/1_a.sql', text: 'SELECT 1', mistake }, RULES)).toEqual({
    ok: false,
    problems: [{ file: 'm/1_a.sql', field: '', ...mistake }],
  });
});

test('a file that was applied from Latin-1 and is saved as UTF-8 now is no edit', () => {
  const text = "INSERT INTO cities VALUES ('Zürich'), ('Málaga')";
  const applied = file(Buffer.from(text, 'latin1').toString('utf8')).checksum;
  expect(file(text).lenientChecksums).toContain(applied);
  expect(file(text.replace('ü', 'u')).lenientChecksums).not.toContain(applied);
  const euro = Buffer.from([0x2d, 0x2d, 0x80, 0x0a, 0x53, 0x45, 0x4c, 0x45, 0x43, 0x54]); // Windows' byte for the euro
  expect(file('--€\nSELECT').lenientChecksums).toContain(file(euro.toString('utf8')).checksum);
  expect(file('SELECT 1').lenientChecksums).toEqual([]);
});

test('40,000 statements are read in seconds: no statement is the reason to read the file again', () => {
  const text = "INSERT INTO t (id, name) VALUES (1, 'A place with a name'); -- one of many\n".repeat(40_000);
  const begin = process.cpuUsage();
  expect(file(text).statements.at(-1)).toMatchObject({ line: 40_000, column: 1 });
  // A fifth of a second; with the lines counted from the start for each statement it is half a minute.
  expect(process.cpuUsage(begin).user / 1e6).toBeLessThan(8);
});

test.each(['events.sql', '0001-events.sql', '0001_.sql', 'v1_events.sql'])('the name %s is refused', (name) => {
  expect(problems('SELECT 1', name)[0]).toContain('the name must be a number');
});

test.each(['', '-- nothing\n', ';;'])('a file without a statement is refused: %j', (text) => {
  expect(problems(text)).toEqual(['1:1 there is no statement in this file']);
});

test('a server without transactions for schemas runs every file without one', () => {
  const rules = { ...RULES, withoutTransactions: true };
  expect(read('CREATE TABLE t (a Int8)', '0001_t.sql', rules)).toMatchObject({
    ok: true,
    file: { transactional: false },
  });
  expect(read('-- stackctl: transaction=true\nSELECT 1', '0001_t.sql', rules)).toMatchObject({ ok: false });
});
