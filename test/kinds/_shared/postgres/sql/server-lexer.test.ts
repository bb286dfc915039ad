/**
 * Held against the server's own lexer and grammar, as libpg_query builds them from PostgreSQL 17. Where they differ from this lexer:
 * a number or parameter that a letter follows ("1e$$") is an error from PostgreSQL 15 on, and two tokens to older servers and
 * here; a text in quotes that goes on behind a comment is one to the server (the contract test of dumps asks it), and two to libpg_query,
 * which gives comments back as tokens; and it reads neither the backslash commands nor the COPY data of psql. The server counts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadModule, parseSync, scanSync } from '@libpg-query/parser';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { splitPostgres } from '../../../../../src/kinds/_shared/postgres/sql/split.ts';
import { tokenAt } from '../../../../../src/kinds/_shared/postgres/sql/tokens.ts';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));

beforeAll(loadModule);

type Kind = ReturnType<typeof tokenAt>['type'];

interface Place {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

/** What the server's lexer makes of a text; the word that it fails with. */
function serverTokens(text: string): readonly Place[] | 'unterminated' | 'refused' {
  let found: ReturnType<typeof scanSync>;
  try {
    found = scanSync(text);
  } catch (error) {
    return /untermin/.test((error as Error).message) ? 'unterminated' : 'refused';
  }
  const bytes = Buffer.from(text, 'utf8');
  const isAscii = bytes.length === text.length;
  const at = (offset: number): number => (isAscii ? offset : bytes.subarray(0, offset).toString('utf8').length);
  return found.tokens.map(({ start, end, tokenName }) => {
    const [from, to] = [at(start), at(end)];
    return { kind: serverKind(text.slice(from, to), tokenName), start: from, end: to };
  });
}

const SINGLE: Readonly<Record<string, Kind>> = { ';': 'semicolon', '(': 'opening', ')': 'closing' };

function serverKind(text: string, name: string): Kind {
  if (name === 'SQL_COMMENT' || name === 'C_COMMENT') return 'comment';
  if (/^['"$]./.test(text) && !/^\$\d+$/.test(text)) return 'quoted';
  return SINGLE[text] ?? 'other';
}

/** Only what decides about statements: a text is the end of one token of the server, and of two of this lexer (`B'1'`). */
const decisive = (places: readonly Place[]): readonly string[] =>
  places
    .filter(({ kind }) => ['semicolon', 'comment', 'opening', 'closing'].includes(kind))
    .map(({ kind, start, end }) => `${kind} ${start}-${end}`);

/** Undefined: a backslash outside of quotes speaks to psql. */
function ownTokens(text: string): readonly Place[] | undefined {
  const found: Place[] = [];
  for (let start = 0; start < text.length; ) {
    const { type, end } = tokenAt(text, start);
    if (type === 'command') return undefined;
    if (type !== 'space') found.push({ kind: type, start, end });
    start = end;
  }
  return found;
}

/** Pieces that begin, hold or end what hides a semicolon. */
const PIECES = [
  ...[
    'SELECT',
    'a',
    'é',
    '$',
    '$$',
    '$a$',
    '$é1$',
    '$1',
    '$1$',
    '1',
    '1.5',
    '.5',
    '1e5',
    '0x1F',
    '1_000',
    'x$1',
    'a$$',
    '\u00a0',
    '_',
  ],
  ...[
    "'",
    "''",
    "E'",
    "e'\\'",
    "\\'",
    '\\',
    "U&'",
    'U&"',
    "B'1'",
    "X'f'",
    "N'",
    '"',
    '""',
    "E'a'\n'b\\';'",
    "'a' -- c\n 'b;'",
  ],
  ...[';', '(', ')', '[', ']', ',', '::', ':=', '..', '=>'],
  ...[
    '--',
    '-- ;\n',
    '--;\r',
    '/*',
    '*/',
    '/* /* ; */',
    '+--;\n',
    '@-',
    '*/*',
    '//',
    '->>',
    '<--',
    '?',
    '#',
    '`',
    '~!',
    '^@',
  ],
  ...[' ', '\n', '\r', '\r\n', '\t', '\f'],
] as const;
const COMMENT_INSIDE = /'\s*--[^\n\r]*[\n\r](?:\s|--[^\n\r]*[\n\r])*'|'\s*[\n\r]\s*--/;
const fuzz = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''));

test('whatever the text, comments, brackets and semicolons are where the server finds them', () => {
  const seen = { read: 0, unterminated: 0 };
  fc.assert(
    fc.property(fuzz, (text) => {
      const server = serverTokens(text);
      const own = ownTokens(text);
      if (server === 'refused' || own === undefined || COMMENT_INSIDE.test(text)) return;
      if (server === 'unterminated') {
        seen.unterminated += 1;
        const isOpen = ({ message }: { readonly message: string }): boolean => /never closed/.test(message);
        expect(splitPostgres(text).mistakes.some(isOpen), text).toBe(true);
        return;
      }
      seen.read += 1;
      expect(decisive(own), text).toEqual(decisive(server));
    }),
    { numRuns: 4000, seed: 17 },
  );
  expect(seen.read).toBeGreaterThan(800);
  expect(seen.unterminated).toBeGreaterThan(300);
});

/** As the server's grammar cuts a text; undefined: it takes it not. */
function serverStatements(text: string): readonly string[] | undefined {
  const bytes = Buffer.from(text, 'utf8');
  try {
    const { stmts = [] } = parseSync(text) as { stmts?: readonly { stmt_location?: number; stmt_len?: number }[] };
    return stmts.map(({ stmt_location: from = 0, stmt_len: length }) =>
      bytes.subarray(from, length === undefined || length === 0 ? bytes.length : from + length).toString('utf8'),
    );
  } catch {
    return undefined;
  }
}

/** The grammar leaves the comments at the beginning of a statement to it. */
const bare = (statements: readonly string[]): readonly string[] =>
  statements.flatMap((text) => splitPostgres(text).statements.map((one) => one.text));

function expectSame(text: string): boolean {
  const server = serverStatements(text);
  if (server === undefined) return false;
  const own = splitPostgres(text).statements.map((one) => one.text);
  expect(own, text).toHaveLength(server.length);
  expect(own, text).toEqual(bare(server));
  return true;
}

const STATEMENTS = [
  'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END',
  'CREATE OR REPLACE PROCEDURE "begin"() BEGIN ATOMIC INSERT INTO t VALUES (1); /* END; */ END',
  'CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT a AS begin; SELECT t.end FROM t; SELECT 1 end; END',
  'CREATE FUNCTION f() RETURNS int RETURN 1',
  'CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 1; END; $f$',
  'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)',
  "SELECT E'a'\n 'b\\';' , U&'\\0061;', $é$;$$;$é$, B'1', \"a;b\"",
  'SELECT 1 +-- ;\n 2 @ -3 */* ; /* ; */ */ 4',
  'SELECT a$b$, $1, b$c$ FROM t -- ;',
  "COPY t FROM '/tmp/a;b'",
  'BEGIN',
  'SELECT CASE 1 WHEN 1 THEN 2 END AS "end"',
];

test('statements are cut where the grammar cuts them', () => {
  const between = fc.constantFrom(';', ' ;\n', ';;\n-- next;\n', ' /* ; */ ;', ';\r\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...STATEMENTS), between), { minLength: 1, maxLength: 6 }), (all) => {
      // A comment of the line must end before the semicolon does.
      const text = all.map(([statement, end]) => `${statement}\n${end}`).join('');
      expect(expectSame(text), text).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('so are the files of the templates and of the tests', () => {
  const files = ['templates', 'test'].flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.sql') && !name.includes('node_modules'))
      .map((name) => `${ROOT}${folder}/${name}`),
  );
  const compared = files.filter((file) => expectSame(readFileSync(file, 'utf8')));
  expect(compared.length).toBeGreaterThan(8);
});
