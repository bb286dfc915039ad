import { sha256 } from '../../../lib/sha256.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import type { Runs } from '../sql/running/runs.ts';
import type { LedgerRow, Progress } from './ledger.ts';

/** Where a file begins, or why it must not begin by itself. */
export type Start =
  | {
      readonly type: 'at';
      /** Of the first statement that is not in effect, from 0. */
      readonly index: number;
      /** Earlier statements that made what the session needs: SET, USE, temporary tables. */
      readonly replay: readonly number[];
      /** The statement at `index` may have made a table and filled it in part: it may run only where there is no such table. */
      readonly onlyIfMissing: boolean;
      /** Of the first attempt, as far as there was one. */
      readonly unsoundBefore: readonly string[] | undefined;
    }
  | {
      readonly type: 'refused';
      readonly index: number;
      readonly why: 'edited' | 'uncounted' | 'inDoubt';
    }
  | {
      readonly type: 'refused';
      /** Statements of the down part that are in effect. */
      readonly index: number;
      readonly why: 'reverting';
    };

/**
 * A file goes on behind the statements that are done, as long as those still are its first; otherwise it begins with its
 * first one. What may be in effect and cannot run twice is never run by itself. Pure.
 */
export function startOf(
  { statements, once = false }: Pick<PendingMigration, 'statements' | 'once'>,
  {
    part,
    runs,
    row,
  }: { readonly part: Progress['part']; readonly runs: readonly Runs[]; readonly row: LedgerRow | undefined },
): Start {
  const beginning: Start = { type: 'at', index: 0, replay: [], onlyIfMissing: false, unsoundBefore: undefined };
  if (row === undefined || (row.state !== 'running' && row.state !== 'failed')) return beginning;
  const { progress } = row;
  // An earlier version began again with the first statement, and asked for files that can.
  if (progress === undefined) return once ? { type: 'refused', index: 0, why: 'uncounted' } : beginning;
  if (progress.part !== part)
    return part === 'up' ? { type: 'refused', index: progress.done, why: 'reverting' } : beginning;
  const { done, doneChecksum, inDoubt, unsoundBefore } = progress;
  const isSame =
    done <= statements.length && (doneChecksum === '' || doneChecksum === checksumOf(statements.slice(0, done)));
  if (!isSame && once && done > 0) return { type: 'refused', index: 0, why: 'edited' };
  if (!isSame) return { ...beginning, unsoundBefore };
  const next = runs[done];
  if (inDoubt && next?.type === 'once') return { type: 'refused', index: done, why: 'inDoubt' };
  const replay = runs.slice(0, done).flatMap((run, index) => (run.type === 'session' ? [index] : []));
  return { type: 'at', index: done, replay, onlyIfMissing: inDoubt && next?.type === 'fills', unsoundBefore };
}

/** It cannot run a second time without doing something else than the first time. */
export function isOnce(run: Runs | undefined): boolean {
  return run?.type === 'once' || run?.type === 'fills';
}

/** Of the texts of statements. */
export function checksumOf(statements: PendingMigration['statements']): string {
  return sha256(statements.map(({ text }) => `${text}\0`).join(''));
}
