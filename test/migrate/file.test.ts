import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { type FileRules, readContent } from '../../src/migrate/content.ts';
import { readMigration } from '../../src/migrate/file.ts';
import { growth, LINEAR } from '../support/growth.ts';

const RULES: FileRules = { sql: POSTGRES_SQL, withoutTransactions: false };
const identified = (text: string, name = '0001_events.sql') => {
  const result = readMigration({ name, path: `migrations/${name}`, text, mistake: undefined }, RULES);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.file;
};
const read = (text: string, rules = RULES) => readContent('migrations/0001_events.sql', text, rules);
const content = (text: string) => {
  const result = identified(text).content();
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.content;
};
const problems = (text: string) => {
  const result = read(text);
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe('what a file requires', () => {
  const requirements = [
    { name: 'pg>=N', pattern: /^pg>=(\d+)$/ },
    { name: 'timescaledb' },
    { name: 'timescaledb-tsl' },
  ];
  const refusedIn = (header: string): readonly string[] => {
    const result = read(`-- a title\n-- stackctl: ${header}\nSELECT 1`, { ...RULES, requirements });
    return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  };
  const KNOWN = 'which this kind of server does not know (known: pg>=N, timescaledb, timescaledb-tsl)';

  test.each(['requires=pg>=16', 'requires=timescaledb,pg>=9', 'requires=timescaledb-tsl optional=true'])(
    'is known: %s',
    (header) => expect(refusedIn(header)).toEqual([]),
  );

  test('is refused with its place where it is misspelt: the file would be left out everywhere', () => {
    expect(refusedIn('optional=true requires=timescledb')).toEqual([
      `2:28 requires names "timescledb", ${KNOWN}; did you mean "timescaledb"?`,
    ]);
    expect(refusedIn('requires=pg>=16.2,postgis optional=true')).toEqual([
      `2:14 requires names "pg>=16.2", ${KNOWN}`,
      `2:14 requires names "postgis", ${KNOWN}`,
    ]);
    expect(refusedIn('requires=constructor')).toEqual([`2:14 requires names "constructor", ${KNOWN}`]);
  });
});

describe('the header', () => {
  test('says nothing: one transaction, two seconds for a lock', () => {
    expect(identified('SELECT 1')).toMatchObject({ version: 1n, name: '0001_events' });
    expect(content('SELECT 1')).toMatchObject({
      up: { transactional: true, lockTimeoutMs: 2000, statementTimeoutMs: 0, once: false },
      requires: [],
      optional: false,
      down: undefined,
      verify: [],
    });
  });

  test('may take several lines among other comments', () => {
    const text =
      '-- Title\n-- stackctl: requires=timescaledb,pg>=16 optional=true\n--stackctl: lock_timeout=1m\nSELECT 1';
    expect(content(text)).toMatchObject({
      requires: ['timescaledb', 'pg>=16'],
      optional: true,
      up: { lockTimeoutMs: 60_000 },
    });
  });

  test('without a transaction nothing limits the wait for a lock, unless the file does', () => {
    expect(content('-- stackctl: transaction=false\nVACUUM').up).toMatchObject({
      transactional: false,
      lockTimeoutMs: 0,
    });
    const both = '-- stackctl: transaction=false lock_timeout=3s\nVACUUM';
    expect(content(both).up).toMatchObject({ lockTimeoutMs: 3000 });
  });

  test('every mistake has its place', () => {
    const text = [
      '-- stackctl: transactoin=false lock_timeout=5 optional=true',
      '-- stackctl: requires= optional=true',
      'SELECT 1;',
      '-- stackctl: transaction=false',
    ].join('\n');
    expect(problems(text)).toEqual([
      expect.stringMatching(/^1:1 optional says what happens without/),
      expect.stringMatching(/^1:14 unknown setting "transactoin" .*did you mean "transaction"\?$/),
      '1:32 lock_timeout must be a duration such as 500ms or 5s',
      expect.stringMatching(/^2:14 requires must name/),
      '2:24 optional was given before',
      '4:1 settings belong above the first statement',
    ]);
  });

  test('a text that looks like one is none', () => {
    expect(content("SELECT '\n-- stackctl: transaction=false\n'").up.transactional).toBe(true);
  });
});

describe('the checksum', () => {
  test('is that of the text with LF line ends', () => {
    const lf = identified('SELECT 1;\nSELECT 2;\n').checksum;
    expect(lf).toBe('82efb67f3010c6eb7ead02e4f6d9550633dbc1407f99aa487468e7b2567aebbc');
    expect(identified('\uFEFFSELECT 1;\r\nSELECT 2;\r\n').checksum).toBe(lf);
    expect(identified('SELECT 1;\nSELECT 2;').checksum).not.toBe(lf);
  });
});

test('statements know their place, also behind CRLF', () => {
  expect(content('-- a\r\nSELECT 1;\r\n  SELECT 2').up.statements).toEqual([
    { text: 'SELECT 1', line: 2, column: 1 },
    { text: 'SELECT 2', line: 3, column: 3 },
  ]);
});

test('a CRLF in a quoted text stays where lines end with LF, and the checksum does not depend on it', () => {
  const mixed = "SELECT 'a\r\nb';\nSELECT 2;\n";
  expect(content(mixed).up.statements).toEqual([
    { text: "SELECT 'a\r\nb'", line: 1, column: 1 },
    { text: 'SELECT 2', line: 3, column: 1 },
  ]);
  const windows = "SELECT 'a\r\nb';\r\nSELECT 2;\r\n";
  expect(content(windows).up.statements[0]?.text).toBe("SELECT 'a\nb'");
  expect(identified(windows).checksum).toBe(identified(mixed).checksum);
});

test('a CR alone ends a line and a comment, as it does for the server', () => {
  expect(content('-- stackctl: lock_timeout=1s\rSELECT 1;\r  SELECT 2').up.statements).toEqual([
    { text: 'SELECT 1', line: 2, column: 1 },
    { text: 'SELECT 2', line: 3, column: 3 },
  ]);
  expect(content('-- stackctl: lock_timeout=1s\rSELECT 1').up.lockTimeoutMs).toBe(1000);
});

test('where only LF ends a comment, a statement that CR would hide is refused', () => {
  const read = (text: string) => readContent('1_a.sql', text, { sql: CLICKHOUSE_SQL, withoutTransactions: true });
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
  const applied = identified(Buffer.from(text, 'latin1').toString('utf8')).checksum;
  expect(identified(text).lenientChecksums()).toContain(applied);
  expect(identified(text.replace('ü', 'u')).lenientChecksums()).not.toContain(applied);
  const euro = Buffer.from([0x2d, 0x2d, 0x80, 0x0a, 0x53, 0x45, 0x4c, 0x45, 0x43, 0x54]); // Windows' byte for the euro
  expect(identified('--€\nSELECT').lenientChecksums()).toContain(identified(euro.toString('utf8')).checksum);
  expect(identified('SELECT 1').lenientChecksums()).toEqual([]);
});

test('reading takes time in proportion to the statements: none is a reason to read the file again', () => {
  const text = (count: number) =>
    "INSERT INTO t (id, name) VALUES (1, 'A place with a name'); -- one of many\n".repeat(count);
  expect(content(text(20_000)).up.statements.at(-1)).toMatchObject({ line: 20_000, column: 1 });
  expect(growth(1000, text, content)).toBeLessThan(LINEAR);
});

test.each(['events.sql', '0001-events.sql', '0001_.sql', 'v1_events.sql'])('the name %s is refused', (name) => {
  expect(() => identified('SELECT 1', name)).toThrow('the name must be a number');
});

test.each(['', '-- nothing\n', ';;'])('a file without a statement is refused: %j', (text) => {
  expect(problems(text)).toEqual(['1:1 there is no statement in this file']);
});

test('a server without transactions for schemas runs every file without one', () => {
  const rules = { ...RULES, withoutTransactions: true };
  expect(read('CREATE TABLE t (a Int8)', rules)).toMatchObject({
    ok: true,
    content: { up: { transactional: false } },
  });
  expect(read('-- stackctl: transaction=true\nSELECT 1', rules)).toMatchObject({ ok: false });
});

describe('sections', () => {
  const TEXT = [
    '-- stackctl: requires=tsl',
    'CREATE TABLE a (n int);',
    '-- stackctl: down transaction=false lock_timeout=3s',
    'DROP TABLE a',
    '-- stackctl: verify',
    "SELECT count(*) = 0 FROM a; SELECT '-- stackctl: down'",
    '-- stackctl: else',
    '-- without it',
    'CREATE TABLE b (n int)',
  ].join('\n');

  test('are cut at their marks, also behind a statement without a semicolon', () => {
    expect(content(TEXT)).toEqual({
      requires: ['tsl'],
      optional: false,
      up: {
        statements: [{ text: 'CREATE TABLE a (n int)', line: 2, column: 1 }],
        transactional: true,
        lockTimeoutMs: 2000,
        statementTimeoutMs: 0,
        once: false,
      },
      down: {
        statements: [{ text: 'DROP TABLE a', line: 4, column: 1 }],
        transactional: false,
        lockTimeoutMs: 3000,
        statementTimeoutMs: 0,
        once: false,
      },
      verify: [
        { text: 'SELECT count(*) = 0 FROM a', line: 6, column: 1 },
        { text: "SELECT '-- stackctl: down'", line: 6, column: 29 },
      ],
      otherwise: {
        statements: [{ text: 'CREATE TABLE b (n int)', line: 9, column: 1 }],
        transactional: true,
        lockTimeoutMs: 2000,
        statementTimeoutMs: 0,
        once: false,
      },
    });
  });

  test('have mistakes of their own', () => {
    const text = [
      'SELECT 1;',
      '-- stackctl: down optional=true',
      '-- stackctl: down',
      'SELECT 2;',
      '-- stackctl: lock_timeout=1s',
      '-- stackctl: verify',
      '-- stackctl: else',
      'SELECT 3; COMMIT',
    ].join('\n');
    expect(problems(text)).toEqual([
      '2:1 there is no statement in the section "down"',
      expect.stringMatching(/^2:19 unknown setting "optional" \(known: transaction, /),
      '3:1 there is a section "down" above',
      '5:1 settings belong above the first statement',
      '6:1 there is no statement in the section "verify"',
      expect.stringMatching(/^7:1 the section "else" says what happens without/),
      '8:11 COMMIT: stackctl itself begins and commits',
    ]);
  });

  test('what is not closed does not reach the next section', () => {
    expect(problems('SELECT (1;\n-- stackctl: down\nSELECT 2')).toEqual(['1:8 this bracket is never closed']);
  });

  test('a file that only takes back is refused', () => {
    expect(problems('-- stackctl: down\nSELECT 1')).toEqual(['1:1 there is no statement in this file']);
  });
});
