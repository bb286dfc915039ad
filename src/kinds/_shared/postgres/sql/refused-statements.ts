import type { PartRules, SqlMistake, SqlPiece } from '../../../../stack/contract/migrate.ts';
import { refusedSetting } from './refused-settings.ts';
import { tokenAt } from './tokens.ts';

/**
 * Statements that a file must not hold, because stackctl could not keep its word about it: what begins and ends a
 * transaction, and settings under which the file was not read. What else the server refuses, it says itself. Pure.
 */
export function refusedStatements(
  statements: readonly SqlPiece[],
  { transactional }: PartRules,
): readonly SqlMistake[] {
  return statements.flatMap(({ text, offset }) => {
    if (!SUSPECT.test(text)) return [];
    const message = refusal(text, transactional);
    return message === undefined ? [] : [{ offset, message }];
  });
}

/** A statement starts with its first word: thousands of INSERTs are not looked at further. */
const SUSPECT = /^(BEGIN|COMMIT|ROLLBACK|ABORT|END|SAVEPOINT|RELEASE|START|PREPARE|SET)\b/i;

function refusal(text: string, transactional: boolean): string | undefined {
  const words = leadingWords(text);
  if (CONTROL.test(words)) return `${firstTwo(words)}: stackctl itself begins and commits`;
  return refusedSetting(words, text, transactional);
}

/** END ends a transaction too; PREPARE alone makes a prepared statement. */
const CONTROL = /^(BEGIN|COMMIT|ROLLBACK|ABORT|END|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)\b/;

/** The first words in upper case with single spaces; comments between them are left out. Reads no further than that. */
export function leadingWords(text: string): string {
  const words: string[] = [];
  for (let offset = 0; offset < text.length && words.length < 8; ) {
    const { type, end } = tokenAt(text, offset);
    if (type === 'word') words.push(text.slice(offset, end).toUpperCase());
    offset = end;
  }
  return words.join(' ');
}

function firstTwo(words: string): string {
  return /^(START|PREPARE) /.test(words) ? words.split(' ').slice(0, 2).join(' ') : (words.split(' ')[0] ?? '');
}
