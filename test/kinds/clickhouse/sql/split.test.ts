import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitClickhouse } from '../../../../src/kinds/clickhouse/sql/split.ts';

const texts = (sql: string) => splitClickhouse(sql).statements.map(({ text }) => text);
const mistakes = (sql: string) => splitClickhouse(sql).mistakes;

describe('a semicolon ends a statement', () => {
  test.each([
    ['two and an empty one', 'SELECT 1;; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    ['comments around are left out', '-- one\nSELECT 1 /* b */; // two;\n#! three;', ['SELECT 1']],
    [
      'behind rows',
      "INSERT INTO t VALUES (1, 'a;'), (2, 'b'); SELECT 2",
      ["INSERT INTO t VALUES (1, 'a;'), (2, 'b')", 'SELECT 2'],
    ],
    ['behind a number with an exponent', 'SELECT 1e--; SELECT 2\n', ['SELECT 1e--', 'SELECT 2']],
    ['behind a quote that is closed', 'SELECT ’a;b’', ['SELECT ’a', 'b’']],
  ])('%s', (_what, sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });
});

describe('a semicolon ends nothing', () => {
  test.each([
    ['in a text, behind a backslash', `SELECT 'a\\';''b;'`],
    ['in a name', 'SELECT `a;\\`b`, "c;""d\\";"'],
    ['in typographic quotes, which know no escapes', "SELECT ‘a;'\\’, “b;”"],
    ['between dollars', 'SELECT $$;$$, $a1$ ; $$ ; $a1$, 1$a$;$a$'],
    ['in digits of another base', "SELECT x'3b', b'01' -- '\n + 1"],
    ['in nested comments', 'SELECT /* a; /* b; */ c; */ 1'],
    ['in a comment up to its line end', "SELECT 1 // it's;\n + 2 # it's;\n + 3 -- it's;\n + t.1e-- it's;\n + 4"],
  ])('%s', (_what, sql) => {
    expect(splitClickhouse(`${sql};\nSELECT 2`)).toMatchObject({
      statements: [{ text: sql }, { text: 'SELECT 2', offset: sql.length + 2 }],
      mistakes: [],
    });
  });

  test('a dollar without its other end is part of a word', () => {
    expect(texts('SELECT $a; SELECT b$c; SELECT $ 1')).toEqual(['SELECT $a', 'SELECT b$c', 'SELECT $ 1']);
  });
});

describe('the data of an INSERT with FORMAT', () => {
  test.each([
    ["INSERT INTO t FORMAT CSV\n1;2\n'3\n", '', ["INSERT INTO t FORMAT CSV\n1;2\n'3\n"]],
    ['insert into t (a) settings x = 1 format JSONEachRow {"a":"/* ;"}\n{}', '\n\nSELECT 2', undefined],
    ['INSERT INTO format.values FORMAT TSV\n(1;', '\n\n-- c\nSELECT 2', undefined],
  ])('goes up to the first empty line: %j', (insert, rest, expected) => {
    expect(splitClickhouse(insert + rest)).toMatchObject({ mistakes: [] });
    expect(texts(insert + rest)).toEqual(expected ?? [insert, 'SELECT 2']);
  });

  test.each([
    ["INSERT INTO t SELECT 'a', 1 FORMAT CSV; SELECT 2"],
    ['INSERT INTO t FORMAT Values (1); SELECT 2'],
    ["INSERT INTO t FROM INFILE 'a' FORMAT CSV; SELECT 2"],
    ['INSERT INTO t (a) (SELECT 1); SELECT 2'],
  ])('is not there in %j', (sql) => {
    expect(texts(sql)).toEqual(sql.split('; '));
  });
});

describe('mistakes', () => {
  test.each([
    ['a text', "SELECT 1;\n 'oops; SELECT 2", 11, 'never closed'],
    ['a name', 'SELECT `oops', 7, 'never closed'],
    ['a typographic quote', "SELECT ‘oops'", 7, 'never closed'],
    ['a comment', 'SELECT 1 /* /* */', 9, 'never closed'],
    ['a bracket, at the semicolon', 'SELECT [1; SELECT 2;', 7, 'never closed'],
    ['a digit of another base', "SELECT x'0g;'", 7, 'digits of its base'],
    ['a line that a CR hides', 'SELECT 1 -- a\rSELECT 2', 9, 'save the file with LF'],
  ])('%s', (_what, sql, offset, message) => {
    expect(mistakes(sql)).toEqual([{ offset, message: expect.stringContaining(message) }]);
  });
});

const piece = fc.oneof(
  fc.constantFrom('SELECT', 'a', '1.5e-2', '+', ',', 'x$1', '(1)', '/* ; /* ; */ */', '-- ;\n', '// ;\n', '# ;\n'),
  fc.string({ maxLength: 8 }).map((text) => `'${text.replace(/[\\']/g, '\\$&')}'`),
  fc.string({ maxLength: 8 }).map((text) => `\`${text.replace(/[\\`]/g, '\\$&')}\``),
  fc.string({ maxLength: 8 }).map((text) => `$q$${text.replaceAll('$', '')}$q$`),
  fc.string({ maxLength: 8 }).map((text) => `‘${text}’`),
);
const statement = fc.array(piece, { maxLength: 8 }).map((pieces) => ['SELECT', ...pieces, 'z'].join(' '));

test('what was put together comes apart again, each at its place', () => {
  fc.assert(
    fc.property(fc.array(statement), fc.constantFrom(';', ' ;\n', ';;\n-- next;\n', '; /* ; */ '), (all, between) => {
      const split = splitClickhouse(all.join(between));
      expect(split.statements.map(({ text }) => text)).toEqual(all);
      expect(split.mistakes).toEqual([]);
      for (const { text, offset } of split.statements) expect(all.join(between).startsWith(text, offset)).toBe(true);
    }),
  );
});

test('any text at all comes to an end, and no character is in two statements', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`'"$;\\/*-()aE \n\`#!x1.‘’“`) }), (sql) => {
      let end = 0;
      for (const { text, offset } of splitClickhouse(sql).statements) {
        expect(offset).toBeGreaterThanOrEqual(end);
        end = offset + text.length;
      }
      expect(end).toBeLessThanOrEqual(sql.length);
    }),
  );
});
