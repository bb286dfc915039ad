import { normalForm } from '../normal-form.ts';
import { onlyOutside } from '../only-outside.ts';
import { leadingWords } from '../refused-statements.ts';
import { sessionEffect } from './session-statements.ts';

/*
 * What can be said of a second run of a statement, as far as its text says. The migrator goes by it after an attempt that
 * did not complete, and lint before there is one.
 */

interface Statement {
  readonly text: string;
}

/** Whether a second run of a statement that is in effect changes nothing. Pure. */
export function canRunAgain(statement: Statement): boolean {
  const words = leadingWords(statement.text);
  if (REPEATABLE.test(words)) return true;
  if (/^ALTER TABLE\b/.test(words)) return isRepeatableAlter(statement.text);
  return /^(SET|RESET|LISTEN|UNLISTEN|LOAD|DISCARD|SELECT)\b/.test(words) && sessionEffect(statement) === 'sets';
}

const REPEATABLE =
  /^(CREATE ([A-Z]+ ){1,4}IF NOT EXISTS|CREATE OR REPLACE|DROP ([A-Z]+ ){1,4}IF EXISTS|COMMENT|GRANT|REVOKE|VACUUM|ANALYZE|REINDEX|REFRESH MATERIALIZED VIEW|ALTER SYSTEM)\b/;

function isRepeatableAlter(text: string): boolean {
  const [first, ...others] = normalForm(text).parts;
  return first !== undefined && FIRST.test(first.text) && others.every((part) => OTHER.test(part.text));
}

const ACTION =
  'ADD (COLUMN )?IF NOT EXISTS |DROP (COLUMN |CONSTRAINT )?IF EXISTS |VALIDATE CONSTRAINT |ALTER (COLUMN )?\\S+ (SET NOT NULL|DROP NOT NULL)$';
const FIRST = new RegExp(`^ALTER TABLE (IF EXISTS )?(ONLY )?\\S+ (${ACTION})`);
const OTHER = new RegExp(`^(${ACTION})`);

/** Code that may begin and commit transactions itself: it is not run inside of one. Pure. */
export function isOwnTransactions({ text }: Statement): boolean {
  return /^(DO|CALL)\b/.test(leadingWords(text));
}

/**
 * Whether it runs outside of a transaction in a file without one. Only then may it be in effect while the ledger does not
 * know: any other statement runs in a transaction of its own. Pure.
 */
export function runsBare(statement: Statement): boolean {
  return isOwnTransactions(statement) || onlyOutside(statement);
}

/** A second run would do the work twice, and nothing in the server would say so. Pure. */
export function cannotTell(statement: Statement): boolean {
  return isOwnTransactions(statement) || UNNAMED_INDEX.test(leadingWords(statement.text));
}

const UNNAMED_INDEX = /^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?ON\b/;
