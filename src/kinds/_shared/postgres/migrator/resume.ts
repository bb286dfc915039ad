import { createHash } from 'node:crypto';
import type { MigrationStatement, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';

/** What an earlier attempt at a file without a transaction has left in the ledger. */
export interface EarlierAttempt {
  /** Of the whole file. */
  readonly checksum: string;
  readonly statementsDone: number;
  /** Of those statements; undefined: the ledger is of an earlier stackctl, or somebody has set the number. */
  readonly doneChecksum: string | undefined;
  /** The statement behind them was being run outside of a transaction when that attempt ended. */
  readonly isUnclear: boolean;
}

/** For each number of statements, from 0, the checksum of those first ones. */
export function checksumsOfFirst(statements: readonly MigrationStatement[]): readonly string[] {
  const sums = [''];
  for (const { text, copyData } of statements) {
    const all = [sums.at(-1), text, ...(copyData === undefined ? [] : [copyData.text])];
    sums.push(createHash('sha256').update(all.join('\n')).digest('hex'));
  }
  return sums;
}

export interface Resumption {
  /** Statements that are not run again. */
  readonly done: number;
  /** An earlier attempt has begun with the next one, and it may be in effect. */
  readonly isUnclear: boolean;
}

/** Where to go on: behind the statements that are done, as long as those still are the first of the file. Pure. */
export function resumption(
  { checksum, statements }: Pick<PendingMigration, 'checksum' | 'statements'>,
  sums: readonly string[],
  earlier: EarlierAttempt | undefined,
): Resumption {
  if (earlier === undefined) return FROM_THE_FIRST;
  const { statementsDone, doneChecksum, isUnclear } = earlier;
  const isSame = doneChecksum === undefined ? earlier.checksum === checksum : sums[statementsDone] === doneChecksum;
  if (!isSame || statementsDone > statements.length) return FROM_THE_FIRST;
  // What makes room for the statement that failed has to do it again: that one may have left something half made.
  let done = statementsDone;
  while (done > 0 && isRemoval(statements[done - 1])) done--;
  return { done, isUnclear: isUnclear && statementsDone < statements.length && done === statementsDone };
}

const FROM_THE_FIRST: Resumption = { done: 0, isUnclear: false };

function isRemoval(statement: MigrationStatement | undefined): boolean {
  return /^DROP INDEX (CONCURRENTLY )?IF EXISTS\b/.test(leadingWords(statement?.text ?? ''));
}

/** Code that may begin and commit transactions itself: it is not run inside of one. */
export function isOwnTransactions({ text }: MigrationStatement): boolean {
  return /^(DO|CALL)\b/.test(leadingWords(text));
}

/** A second run would do the work twice, and nothing in the server would say so. */
export function cannotTell(statement: MigrationStatement): boolean {
  return isOwnTransactions(statement) || UNNAMED_INDEX.test(leadingWords(statement.text));
}

const UNNAMED_INDEX = /^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?ON\b/;
