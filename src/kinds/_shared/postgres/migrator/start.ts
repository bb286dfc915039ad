import { StackctlError } from '../../../../errors.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { cannotTell } from '../sql/running/repeatable.ts';
import { sessionOfDone } from '../sql/running/session-statements.ts';
import { readEarlier } from './earlier-attempt.ts';
import { placeOf, Unclear } from './failed-statement.ts';
import type { FileRun } from './file-run.ts';
import { checksumsOfFirst, type Resumption, resumption } from './resume.ts';

/** Where an attempt at a file without a transaction begins. */
export interface Start {
  /** Statements that are not run. */
  readonly done: number;
  /** An earlier attempt has begun with the next one, and it may be in effect. */
  readonly isUnclear: boolean;
  /** For each number of statements, from 0, the checksum of those first ones. */
  readonly sums: readonly string[];
  /** Of those that are done, from 0: they set the session, which is a new one, and are run again. */
  readonly replay: readonly number[];
  /** Names of what was not valid before the first attempt. */
  readonly before: readonly string[];
}

/** Reads what earlier attempts have left. @throws Unclear, E_MIGRATION_FAILED: a person has to decide; nothing was run. */
export async function startOf(run: FileRun): Promise<Start> {
  const { clients, migration, unsound } = run;
  const { statements } = migration;
  const earlier = await readEarlier(clients.guard, partOf(run), run);
  const sums = checksumsOfFirst(statements);
  const { done, isUnclear, edited } = resumption(migration, sums, earlier?.attempt);
  if (edited !== undefined) throw editedMigration(migration, edited, earlier?.attempt.statementsDone ?? 0);
  const next = statements[done];
  if (isUnclear && next !== undefined && cannotTell(next)) throw new Unclear(done, next);
  const { replay, lost } = sessionOfDone(statements, done);
  if (next !== undefined && lost !== undefined) throw lostSession(migration, lost);
  const before = earlier?.unsoundBefore ?? (await unsound()).map(({ name }) => name);
  return { done, isUnclear, sums, replay: next === undefined ? [] : replay, before };
}

function partOf({ migration: { name }, direction }: FileRun): { name: string; direction: 'up' | 'down' } {
  return { name, direction };
}

/**
 * Refuses to run a file in a transaction of which an earlier run, without one, has done a part: the file was edited since.
 * @throws E_MIGRATION_FAILED; nothing was run.
 */
export async function refuseBegun(run: FileRun): Promise<void> {
  const { migration, direction, clients } = run;
  if (migration.begun !== true) return;
  const earlier = await readEarlier(clients.guard, partOf(run), run);
  if (earlier === undefined) return;
  const { statementsDone, isUnclear } = earlier.attempt;
  if (statementsDone === 0 && !isUnclear) return;
  const { name, path } = migration;
  const [part, mark] = direction === 'up' ? ['file', ''] : ['down part', 'down '];
  const lines = [
    `${path}: an earlier run began with this ${part} without a transaction, and now it is to run in one`,
    `Of its statements ${statementsDone} are in effect${isUnclear ? ', and the next one may be' : ''}: nothing was run.`,
  ];
  throw new StackctlError('E_MIGRATION_FAILED', lines.join('\n'), {
    hint: `Put "-- stackctl: ${mark}transaction=false" back. If all statements may run again: ${countAs(name, 0)}. Then run \`stackctl migrate up\` again.`,
    details: { migration: name, statements: migration.statements.length, committed: statementsDone },
  });
}

const countAs = (name: string, done: number): string => `\`stackctl migrate repair --statements-done ${name}=${done}\``;

function editedMigration(
  migration: PendingMigration,
  edited: NonNullable<Resumption['edited']>,
  counted: number,
): StackctlError {
  const { name, path, statements } = migration;
  const index = edited === 'unknown' ? 0 : edited;
  const done = Math.min(counted, statements.length);
  const what =
    edited === 'unknown'
      ? `Which of the ${counted} is not known, and not all statements of the file can run twice`
      : `Statement ${index + 1} is the first that differs of the ${counted} that are done, and not all of those can run twice`;
  const place = placeOf(path, statements[index], undefined);
  const message = `${place}: statements of this file are in effect and were edited since\n${what}: nothing was run.`;
  return new StackctlError('E_MIGRATION_FAILED', message, {
    hint: `See how many statements of the file as it is now are in effect. If it is the first ${done}: ${countAs(name, done)}. If all of them may run again: ${countAs(name, 0)}. Then run \`stackctl migrate up\` again.`,
    details: { ...numbers(migration, index), committed: counted },
  });
}

function lostSession(migration: PendingMigration, index: number): StackctlError {
  const { name, path, statements } = migration;
  const words = leadingWords(statements[index]?.text ?? '');
  const lines = [
    `${placeOf(path, statements[index], undefined)}: what this statement made ended with the session of an earlier run: ${words}`,
    `Statement ${index + 1} of ${statements.length} is done, and those behind it may need what it made: nothing was run.`,
  ];
  return new StackctlError('E_MIGRATION_FAILED', lines.join('\n'), {
    hint: `If all statements may run again: ${countAs(name, 0)}. If not, split the file: leave in it what is done, and put the rest, with this statement, into a file with a higher version. Then run \`stackctl migrate up\` again.`,
    details: numbers(migration, index),
  });
}

function numbers({ name, statements }: PendingMigration, index: number) {
  return { migration: name, statement: index + 1, statements: statements.length };
}
