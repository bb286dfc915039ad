import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitPostgres } from '../../../../../src/kinds/_shared/postgres/sql/split.ts';

const texts = (sql: string) => splitPostgres(sql).statements.map(({ text }) => text);
const mistakes = (sql: string) => splitPostgres(sql).mistakes;

describe('a semicolon ends a statement', () => {
  test.each([
    ['two and an empty one', 'SELECT 1;; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    ['the last one needs none', 'SELECT 1; SELECT 2\n', ['SELECT 1', 'SELECT 2']],
    ['comments around are left out', '-- one\nSELECT 1 /* b */; -- two;\n', ['SELECT 1']],
    ['comments inside stay', 'SELECT -- a;\n 1;', ['SELECT -- a;\n 1']],
  ])('%s', (_what, sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });
});

describe('a semicolon ends nothing', () => {
  test.each([
    ['in a text', `SELECT 'a;''b;'`],
    ['after a backslash that is only a backslash', `SELECT '\\'`],
    ['in an E text behind an escaped quote', `SELECT E'a\\';b''c\\\\'`],
    ['in a name', `SELECT 1 AS "a;""b"`],
    ['between dollars', 'DO $$ BEGIN PERFORM 1; END $$'],
    ['between named dollars', 'DO $f$ SELECT $$;$$; $f$'],
    ['in a nested comment', 'SELECT /* a; /* b; */ c; */ 1'],
    ['in brackets', 'CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)'],
    [
      'in the body of a function',
      'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
    ],
    [
      'in a body with names that psql would count',
      'CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 AS begin; SELECT 2 end; END',
    ],
    ['in an empty body', 'CREATE PROCEDURE begin() LANGUAGE sql BEGIN /* ; */ ATOMIC END'],
    ['behind an E text that goes on behind a line end', "SELECT E'a' -- b\n -- c\n 'd\\';'"],
    ['behind a no-break space, which is a letter', 'SELECT a\u00a0$$'],
    ['behind a number, which ends before a dollar', 'SELECT 1$$;$$, $1$a$;$a$'],
    ['behind a mark inside of an operator', 'SELECT 1 +-- ;\n 2 @-3 */* ; */ 4'],
  ])('%s', (_what, sql) => {
    expect(splitPostgres(`${sql};\nSELECT 2;`)).toMatchObject({
      statements: [{ text: sql }, { text: 'SELECT 2', offset: sql.length + 2 }],
      mistakes: [],
    });
  });

  test('a dollar in a name opens nothing', () => {
    expect(texts('SELECT a$b$; SELECT $1; SELECT b$c$')).toEqual(['SELECT a$b$', 'SELECT $1', 'SELECT b$c$']);
  });
});

describe('mistakes', () => {
  test.each([
    ['a text', "SELECT 1;\n 'oops; SELECT 2", 11],
    ['a name', 'SELECT "oops', 7],
    ['a dollar text', 'SELECT $a$ $b$', 7],
    ['a comment', 'SELECT 1 /* /* */', 9],
    ['a bracket', 'SELECT (1; SELECT 2;', 7],
    ['a body', 'CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2;', 26],
  ])('%s that is never closed', (_what, sql, offset) => {
    expect(mistakes(sql)).toEqual([{ offset, message: expect.stringMatching(/never closed|has no END/) }]);
  });

  test('commands of psql, but not those in a text or a comment', () => {
    expect(mistakes("\\set x 1\nSELECT '\\d', $$ \\i $$; -- \\c\n\\i other.sql")).toEqual([
      { offset: 0, message: expect.stringMatching(/^\\set is a command of psql/) },
      { offset: 38, message: expect.stringMatching(/^\\i is a command of psql/) },
    ]);
  });
});

/** Pieces of statements that hold what could be taken for an end. */
const piece = fc.oneof(
  fc.constantFrom(
    'SELECT',
    'a',
    '1',
    '+',
    ',',
    'x$1',
    "E'\\';'",
    "''",
    '(;)',
    '/* ; /* ; */ */',
    '-- ;\n',
    'beginning',
  ),
  fc.string({ maxLength: 8 }).map((text) => `'${text.replaceAll("'", "''")}'`),
  fc.string({ maxLength: 8 }).map((text) => `"${text.replaceAll('"', '""')}"`),
  fc.string({ maxLength: 8 }).map((text) => `$q$${text.replaceAll('$', '')}$q$`),
);
const statement = fc.array(piece, { maxLength: 8 }).map((pieces) => ['SELECT', ...pieces, 'z'].join(' '));

test('what was put together comes apart again, each at its place', () => {
  fc.assert(
    fc.property(fc.array(statement), fc.constantFrom(';', ' ;\n', ';;\n-- next;\n', '; /* ; */ '), (all, between) => {
      const sql = all.join(between);
      const split = splitPostgres(sql);
      expect(split.statements.map(({ text }) => text)).toEqual(all);
      expect(split.mistakes).toEqual([]);
      for (const { text, offset } of split.statements) expect(sql.startsWith(text, offset)).toBe(true);
    }),
  );
});

test('any text at all comes to an end, and no character is in two statements', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`'"$;\\/*-()aE \n\``) }), (sql) => {
      let end = 0;
      for (const { text, offset } of splitPostgres(sql).statements) {
        expect(offset).toBeGreaterThanOrEqual(end);
        end = offset + text.length;
      }
      expect(end).toBeLessThanOrEqual(sql.length);
    }),
  );
});
