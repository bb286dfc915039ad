import { sha256 } from '../../../../lib/sha256.ts';
import type { MigrationStatement, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { canRunAgain } from '../sql/running/repeatable.ts';

/** What an earlier attempt at a file without a transaction has left in the ledger. */
export interface EarlierAttempt {
  /** Of the whole file. */
  readonly checksum: string;
  readonly statementsDone: number;
  /** Of those statements; undefined: the ledger is of an earlier stackctl, or somebody has set the number. */
  readonly doneChecksum: string | undefined;
  /** The statement behind them was being run outside of a transaction when that attempt ended. */
  readonly isUnclear: boolean;
  /** Of the statements of the file at that attempt (`marksOf`); undefined: nothing is known of them. */
  readonly marks?: readonly string[] | undefined;
}

/** For each statement a checksum, behind `!` where a second run would change something. Pure. */
export function marksOf(statements: readonly MigrationStatement[]): readonly string[] {
  return statements.map((statement) => {
    const { text, copyData } = statement;
    const sum = sha256(`${text}\n${copyData?.text ?? ''}`).slice(0, 16);
    return canRunAgain(statement) ? sum : `!${sum}`;
  });
}

/** For each number of statements, from 0, the checksum of those first ones. */
export function checksumsOfFirst(statements: readonly MigrationStatement[]): readonly string[] {
  const sums = [''];
  for (const { text, copyData } of statements) {
    const all = [sums.at(-1), text, ...(copyData === undefined ? [] : [copyData.text])];
    sums.push(sha256(all.join('\n')));
  }
  return sums;
}

export interface Resumption {
  /** Statements that are not run again. */
  readonly done: number;
  /** An earlier attempt has begun with the next one, and it may be in effect. */
  readonly isUnclear: boolean;
  /** The first statement, from 0, that differs from those that are done; set where those cannot all run again. */
  readonly edited?: number | 'unknown' | undefined;
}

/**
 * Where to go on: behind the statements that are done, as long as those still are the first of the file; otherwise at the
 * first one, unless a statement that is done must not run twice. Pure.
 */
export function resumption(
  { checksum, statements }: Pick<PendingMigration, 'checksum' | 'statements'>,
  sums: readonly string[],
  earlier: EarlierAttempt | undefined,
): Resumption {
  if (earlier === undefined) return FROM_THE_FIRST;
  const { statementsDone, doneChecksum, isUnclear } = earlier;
  const isSame = doneChecksum === undefined ? earlier.checksum === checksum : sums[statementsDone] === doneChecksum;
  if (!isSame || statementsDone > statements.length)
    return { ...FROM_THE_FIRST, edited: editedAt(statements, earlier) };
  // What makes room for the statement that failed has to do it again: that one may have left something half made.
  let done = statementsDone;
  while (done > 0 && isRemoval(statements[done - 1])) done--;
  return { done, isUnclear: isUnclear && statementsDone < statements.length && done === statementsDone };
}

const FROM_THE_FIRST: Resumption = { done: 0, isUnclear: false };

function editedAt(
  statements: readonly MigrationStatement[],
  { statementsDone, isUnclear, marks }: EarlierAttempt,
): Resumption['edited'] {
  if (statementsDone === 0) return undefined;
  // Which of the statements are those that are done is not known: none of them must be one that cannot run twice.
  if (marks === undefined) return statements.every((statement) => canRunAgain(statement)) ? undefined : 'unknown';
  const ran = marks.slice(0, statementsDone + (isUnclear ? 1 : 0));
  if (!ran.some((mark) => mark.startsWith('!'))) return undefined;
  const now = marksOf(statements);
  return ran.findIndex((mark, index) => sumOf(mark) !== sumOf(now[index]));
}

const sumOf = (mark: string | undefined): string | undefined => mark?.replace('!', '');

function isRemoval(statement: MigrationStatement | undefined): boolean {
  return /^DROP INDEX (CONCURRENTLY )?IF EXISTS\b/.test(leadingWords(statement?.text ?? ''));
}
