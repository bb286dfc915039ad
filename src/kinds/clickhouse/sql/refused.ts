import type { PartRules, SqlMistake, SqlPiece } from '../../../stack/contract/migrate.ts';
import { type Runs, runsOf } from './running/runs.ts';

/**
 * Statements of a file that cannot run a second time, which a run after a failure would need. Each message has both ways
 * out. Pure.
 */
export function refusedStatements(statements: readonly SqlPiece[], { once }: PartRules): readonly SqlMistake[] {
  if (once) return [];
  const runs = runsOf(statements.map(({ text }) => text));
  return statements.flatMap(({ offset }, index): readonly SqlMistake[] => {
    const run = runs[index];
    return run?.type === 'once' ? [{ offset: offset + run.offset, message: messageOf(run) }] : [];
  });
}

function messageOf({ what, way }: Extract<Runs, { readonly type: 'once' }>): string {
  const mark = '`-- stackctl: once=true` above the first statement';
  const problem = `${what} cannot run a second time, and this server has no transactions: after a failure the file runs again`;
  if (way !== undefined) return `${problem}; write ${way}, or put ${mark}`;
  return `${problem}; give it a file of its own with ${mark}, or use a statement that can run again`;
}
