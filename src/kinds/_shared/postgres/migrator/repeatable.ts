import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';
import { normalForm } from '../sql/lint/normal-form.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { sessionEffect } from './session-statements.ts';

/** Whether a second run of a statement that is in effect changes nothing, as far as its text says. Pure. */
export function canRunAgain(statement: Pick<MigrationStatement, 'text'>): boolean {
  const words = leadingWords(statement.text);
  if (REPEATABLE.test(words)) return true;
  if (/^ALTER TABLE\b/.test(words)) return isRepeatableAlter(statement.text);
  return /^(SET|RESET|LISTEN|UNLISTEN|LOAD|DISCARD|SELECT)\b/.test(words) && sessionEffect(statement) === 'sets';
}

const REPEATABLE =
  /^(CREATE ([A-Z]+ ){1,4}IF NOT EXISTS|CREATE OR REPLACE|DROP ([A-Z]+ ){1,4}IF EXISTS|COMMENT|GRANT|REVOKE|VACUUM|ANALYZE|REINDEX|REFRESH MATERIALIZED VIEW)\b/;

function isRepeatableAlter(text: string): boolean {
  const [first, ...others] = normalForm(text).parts;
  return first !== undefined && FIRST.test(first.text) && others.every((part) => OTHER.test(part.text));
}

const ACTION =
  'ADD (COLUMN )?IF NOT EXISTS |DROP (COLUMN |CONSTRAINT )?IF EXISTS |VALIDATE CONSTRAINT |ALTER (COLUMN )?\\S+ (SET NOT NULL|DROP NOT NULL)$';
const FIRST = new RegExp(`^ALTER TABLE (IF EXISTS )?(ONLY )?\\S+ (${ACTION})`);
const OTHER = new RegExp(`^(${ACTION})`);
