import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { tokenAt } from '../sql/tokens.ts';

/**
 * Whether the statements of a file do nothing but make or describe what their own words say: no code of the database runs
 * for them (where it has no event triggers), so that they set nothing in their session, defer nothing to the commit and
 * make nothing that is not valid. In doubt a file is not plain: it takes more requests then. Pure.
 */
export function isPlain({
  transactional,
  statements,
  statementTimeoutMs = 0,
  outOfOrder,
  begun,
}: PendingMigration): boolean {
  const isWhole =
    transactional && statementTimeoutMs === 0 && outOfOrder !== true && begun !== true && statements.length > 0;
  return isWhole && statements.every(({ text, copyData }) => copyData === undefined && isPlainText(text));
}

function isPlainText(text: string): boolean {
  if (!PLAIN.test(leadingWords(text)) || MORE.test(text)) return false;
  const said = skeleton(text);
  return said !== undefined && !NESTED.test(withoutHarmless(said));
}

const PLAIN = /^(CREATE (UNLOGGED )?TABLE|CREATE SEQUENCE|CREATE TYPE (\S+ ){0,2}AS ENUM|COMMENT ON|GRANT|REVOKE)\b/;

/**
 * Words with which such a statement may run a query, make a part of another table, evaluate an expression, or not be one
 * statement. A backslash may hide a word.
 */
const MORE =
  /[;\\]|\b(AS(?!\s+(IDENTITY|ENUM)\b)|OF|LIKE|INHERITS|PARTITION|EXCLUDE|VALID|ENFORCED|SELECT|EXECUTE|ONLY)\b|pg_temp/i;

/** Brackets in brackets may hold a call of a function, which may do anything. */
const NESTED = /\([^)]*\(/;

/** Brackets that hold no code of the database: of types, of lists of columns and values, of simple conditions. */
const HARMLESS = [
  /(?<![\w.])(varchar|varying|char|character|numeric|decimal|bit|time|timetz|timestamp|timestamptz) ?\( ?\d+ ?(, ?\d+ ?)?\)/gi,
  /(?<![\w.])(now|clock_timestamp|gen_random_uuid) ?\( ?\)/gi,
  /\b(KEY|UNIQUE|REFERENCES [\w.]+) ?\( ?\w+ ?(, ?\w+ ?)*\)/gi,
  /\bIN ?\( ?('|\d+) ?(, ?('|\d+) ?)*\)/gi,
  /\bCHECK ?\([^()]*\)/gi,
];

function withoutHarmless(text: string): string {
  return HARMLESS.reduce((rest, harmless) => rest.replace(harmless, ''), text);
}

/**
 * The statement without comments and with single spaces; `'` stands for a text in quotes, `q` for a name in quotes.
 * Undefined: it has a name that is too long. The server says that it cuts it when it reads the request, before it does
 * the first statement, so that its words name none.
 */
function skeleton(text: string): string | undefined {
  let said = '';
  for (let offset = 0; offset < text.length; ) {
    const { type, end } = tokenAt(text, offset);
    const isName = type === 'word' || (type === 'quoted' && text.charAt(offset) === '"');
    if (isName && Buffer.byteLength(text.slice(offset, end)) > LONGEST_NAME) return undefined;
    if (type === 'space' || type === 'comment') said = said.endsWith(' ') ? said : `${said} `;
    else if (type === 'quoted') said += text.charAt(offset) === '"' ? 'q' : "'";
    else said += text.slice(offset, end);
    offset = end;
  }
  return said;
}

/** In bytes. In quotes a name has less room here than it could have. */
const LONGEST_NAME = 63;

/**
 * How many of these files, from the first on, go into one request: plain ones, and not so many that a run shows for long
 * how far it is with the first one only. Pure.
 */
export function plainTogether(migrations: readonly PendingMigration[]): number {
  let characters = 0;
  const end = migrations.findIndex((migration, index) => {
    characters += migration.statements.reduce((sum, { text }) => sum + text.length, 0);
    return index === MOST_FILES || characters > MOST_CHARACTERS || !canGoTogether(migration);
  });
  return end === -1 ? migrations.length : end;
}

const MOST_FILES = 16;
const MOST_CHARACTERS = 65_536;

function canGoTogether(migration: PendingMigration): boolean {
  // Who holds the lock that a file waits for is asked five times a second: a file that gives up sooner would name the one before.
  const isPatient = migration.lockTimeoutMs === 0 || migration.lockTimeoutMs >= 1000;
  return migration.unavailable === undefined && isPatient && isPlain(migration);
}
