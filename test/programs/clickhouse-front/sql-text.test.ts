import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatement, type Statement, splitStatements } from '../../../src/programs/clickhouse-front/sql-text.ts';

test.each<[string, Partial<Statement>]>([
  ['', { type: 'empty' }],
  [' ; -- nothing\n ;', { type: 'empty' }],
  ['SELECT 1', { type: 'query', readOnly: true, format: undefined }],
  ['SELECT \'a;b\', "c;d", `e;f` /* ; */ -- ;\n FORMAT JSON;', { type: 'query', readOnly: true, format: 'JSON' }],
  ["SELECT 'it''s; \\'; ', $tag$ ; ' $tag$ ;\n-- end", { type: 'query' }],
  ['select 1; select 2', { type: 'several', at: 10 }],
  ["SELECT 'open; SELECT 2", { type: 'query' }],
  ['(SELECT 1) UNION ALL (SELECT 2)', { type: 'query', readOnly: true }],
  ['SELECT format FROM (SELECT 1 AS format FORMAT x)', { type: 'query', format: undefined }],
  ["SELECT 1 INTO OUTFILE '/etc/x'", { type: 'refused' }],
  ['SELECT 1 SETTINGS max_threads = 1 FORMAT JSON', { type: 'query', format: 'JSON' }],
  ['SELECT 1 FORMAT JSON SETTINGS max_threads = 1', { type: 'query', format: 'JSON' }],
  ['DROP TABLE a', { type: 'query', readOnly: false }],
  ['DROP TABLE a; DROP TABLE b', { type: 'several' }],
  ['INSERT INTO a SELECT 1; DROP TABLE b', { type: 'several' }],
  ['INSERT INTO a SELECT number FROM numbers(3)', { type: 'query', readOnly: false }],
  ["INSERT INTO a SELECT * FROM input('x Int8') FORMAT CSV\n1", { type: 'refused' }],
  ["INSERT INTO a FROM INFILE '/etc/passwd' FORMAT CSV", { type: 'refused' }],
  ['INSERT INTO a (b) FORMAT CSV; 1', { type: 'refused' }],
  ['EXPLAIN AST INSERT INTO a FORMAT CSV\n1\n\nDROP TABLE b', { type: 'refused' }],
  ['EXPLAIN INSERT INTO a SELECT 1', { type: 'query', readOnly: true }],
  ['/* a /* b */ ; c */ SELECT 1', { type: 'query', readOnly: true }],
  ["SELECT 3 // it's three; really", { type: 'query', readOnly: true }],
  ['SELECT ‘ä;’, 1 FORMAT JSON; DROP TABLE b', { type: 'several', at: 28 }],
])('%s', (text, expected) => expect(readStatement(text)).toMatchObject(expected));

test.each([
  ['INSERT INTO t FORMAT JSONEachRow\n{"a":";"}', 'JSONEachRow', '', '{"a":";"}'],
  ['insert into db.`t;` (a, `b)`) format TSV 1\t2', 'TSV', '', '1\t2'],
  ['INSERT INTO format FORMAT CSV \r\n\n1', 'CSV', '', '\n1'],
  [
    'INSERT INTO settings.values SETTINGS async_insert = 0, x = (1) FORMAT CSV\n1',
    'CSV',
    'SETTINGS async_insert = 0, x = (1) ',
    '1',
  ],
  ["INSERT INTO t (a, b) VALUES (1, 'x;'); ", 'Values', '', " (1, 'x;'); "],
  ["INSERT INTO TABLE FUNCTION remote('a', (SELECT 1)) (a) VALUES (1)", 'Values', '', ' (1)'],
  ['INSERT INTO {t:Identifier} (* EXCEPT(a)) FORMAT RowBinary\n\n', 'RowBinary', '', '\n'],
])('an INSERT with data: %j', (text, format, clauses, data) => {
  const found = readStatement(text);
  if (found.type !== 'insert') throw new Error(`read as ${JSON.stringify(found)}`);
  expect(found.format).toBe(format);
  expect(text.slice(found.clausesAt, found.formatAt)).toBe(clauses);
  expect(text.slice(found.dataAt)).toBe(data);
});

test('data is never read as SQL, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (data) => {
      const found = readStatement(`INSERT INTO t FORMAT TSV\n${data}`);
      expect(found).toMatchObject({ type: 'insert', dataAt: 'INSERT INTO t FORMAT TSV\n'.length });
    }),
  );
});

test('a text in quotes ends nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const literal = `'${text.replace(/[\\']/g, '\\$&')}'`;
      expect(readStatement(`SELECT ${literal}; `)).toMatchObject({ type: 'query' });
      expect(readStatement(`SELECT ${literal}; SELECT 1`)).toMatchObject({ type: 'several' });
    }),
  );
});

test('a script is cut where its statements end', () => {
  const script =
    "CREATE TABLE a (b String);\n-- c; d\nINSERT INTO a VALUES ('x;y'), ('z');SELECT 1;\n;INSERT INTO a FORMAT CSV\n1;\n2;\n";
  expect([...splitStatements(script)]).toEqual([
    'CREATE TABLE a (b String)',
    "INSERT INTO a VALUES ('x;y'), ('z')",
    'SELECT 1',
    'INSERT INTO a FORMAT CSV\n1;\n2;\n',
  ]);
});
