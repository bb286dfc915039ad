import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { tokenAt } from '../sql/tokens.ts';
import type { FileRun } from './file-run.ts';
import { recording, runToItsEnd } from './record.ts';

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
  return PLAIN.test(leadingWords(text)) && !MORE.test(text) && !NESTED.test(withoutHarmless(skeleton(text)));
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

/** The statement without comments and with single spaces; `'` stands for a text in quotes, `q` for a name in quotes. */
function skeleton(text: string): string {
  let said = '';
  for (let offset = 0; offset < text.length; ) {
    const { type, end } = tokenAt(text, offset);
    if (type === 'space' || type === 'comment') said = said.endsWith(' ') ? said : `${said} `;
    else if (type === 'quoted') said += text.charAt(offset) === '"' ? 'q' : "'";
    else said += text.slice(offset, end);
    offset = end;
  }
  return said;
}

/**
 * Runs a plain file and enters it into the ledger, in one request. The commit does not wait for the disk: `settle` does that
 * once for all files. Until then a crash of the server takes back files together with their entries, the last ones first.
 * @throws Failed; nothing of it stays then.
 */
export async function runPlain(run: FileRun): Promise<void> {
  const { migration, notices } = run;
  const { statements } = migration;
  const own = (index: number): number | undefined => {
    const at = index - BEFORE;
    return at >= 0 && at < statements.length ? at : undefined;
  };
  const next = (at: number): void => notices.at(`line ${statements[at]?.line}`);
  next(0);
  const request = [
    'begin',
    `set local lock_timeout = ${migration.lockTimeoutMs}`,
    'set local synchronous_commit = off',
    ...statements.map(({ text }) => text),
    ...recording(run, SINCE_BEGIN),
  ];
  const onDone = (index: number): void => {
    const at = own(index);
    if (at === undefined) return;
    if (at + 1 < statements.length) next(at + 1);
    run.onProgress(at + 1);
  };
  await runToItsEnd(run, request, { at: own, onDone });
}

/** Statements of a request before those of the file. */
const BEFORE = 3;

const SINCE_BEGIN = 'round(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)';
