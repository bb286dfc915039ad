import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { readContent } from '../../src/migrate/content.ts';

const problems = (text: string, sql = POSTGRES_SQL) => {
  const result = readContent('m/0001_a.sql', text, { sql, withoutTransactions: false });
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};
const file = (mark: string) => `CREATE TABLE z (i int);\n\n${mark}\nDROP TABLE z;\n`;

describe('what was meant as a mark and is none', () => {
  test.each([
    '-- Stackctl: down',
    '-- STACKCTL: down',
    '-- StackCtl: DOWN ',
    '--- stackctl: down',
    '---- stackctl: down ----',
    '-- stackctl down',
    '-- stackctl - down',
    '-- stackctl; down',
    '-- stackctl = down',
    '-- @stackctl down',
    '-- [stackctl: down]',
    '-- stack-ctl: down',
    '-- stackctrl: down',
    '--\u200b stackctl: down',
    '-- stackctl\uff1a down',
    '/* stackctl: down */',
    '/** -- stackctl: down **/',
    '/*\n * stackctl: down\n */',
  ])('%j is refused at its place, with what to write', (mark) => {
    for (const sql of [POSTGRES_SQL, CLICKHOUSE_SQL]) {
      for (const text of [file(mark), file(mark).replaceAll('\n', '\r\n')]) {
        expect(problems(text, sql)).toEqual([
          expect.stringMatching(/^3:1 ".*" is not read, .* write "-- stackctl: down"$/),
        ]);
      }
    }
  });

  test.each(['# stackctl: down', '#! Stackctl down', '// stackctl: down'])('%j in ClickHouse', (mark) => {
    expect(problems(file(mark), CLICKHOUSE_SQL)).toEqual([expect.stringMatching(/^3:1 .* write "-- stackctl: down"$/)]);
  });

  test('settings and the other sections too; of several each is named', () => {
    expect(problems('-- Stackctl: transaction=FALSE once = true\nVACUUM;')).toEqual([
      '1:1 "-- Stackctl: transaction=FALSE once = true" is not read, and looks like a mark of stackctl: write "-- stackctl: transaction=false once=true"',
    ]);
    expect(problems('SELECT 1;\n-- Stackctl: else\nSELECT 2; -- stackctl verify\nSELECT 3;')).toEqual([
      expect.stringMatching(/^2:1 .*"-- stackctl: else"$/),
      expect.stringMatching(/^3:11 .*"-- stackctl: verify"$/),
    ]);
    expect(problems('-- stackctl: lock_timeout=5s\nSELECT 1;\n-- STACKCTL: Down transaction=false\nSELECT 2;')).toEqual(
      [expect.stringMatching(/^3:1 .*"-- stackctl: down transaction=false"$/)],
    );
  });
});

test.each([
  '-- stackctl down is described in the wiki',
  '-- Stackctl: see docs',
  '-- `stackctl down`',
  '-- run stackctl down',
  '/*\n-- stackctl: down\nDROP TABLE z;\n*/',
  "SELECT '\n-- Stackctl: down\n', $$\n-- Stackctl: down\n$$;",
  'COPY a FROM stdin;\n-- Stackctl: down\n\\.\n',
  `-- ${'-'.repeat(400)} stackctl: down`,
  '-- stackctl: down',
  '--stackctl : down transaction=false',
])('%j is none', (text) => {
  expect(problems(`SELECT 1;\n${text}\nSELECT 2;`)).toEqual([]);
});
