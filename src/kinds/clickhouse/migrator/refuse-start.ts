import { StackctlError } from '../../../errors.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import type { Runs } from '../sql/running/runs.ts';
import type { Start } from './resume.ts';

/** The error for a file that must not go on by itself: it says what to look at and the command for each answer. */
export function refusedStart(
  { name, path, statements }: PendingMigration,
  { index, why }: Extract<Start, { readonly type: 'refused' }>,
  run: Runs | undefined,
): StackctlError {
  const { line = 1, column = 1 } = statements[index] ?? {};
  const what = run?.type === 'once' || run?.type === 'fills' ? run.what : 'statement';
  return new StackctlError('E_MIGRATION_FAILED', `${path}:${line}:${column}: ${REASONS[why](what)}`, {
    hint: `${waysOut(name, { index, why }, run)} If the whole file is in effect: \`stackctl migrate repair --mark-applied ${name}\`.`,
    details: { path, line, column, migration: name, statementsDone: index, reason: why },
  });
}

const REASONS: Readonly<Record<Extract<Start, { readonly type: 'refused' }>['why'], (what: string) => string>> = {
  inDoubt: (what) =>
    `this ${what} may be in effect, wholly or in part: an earlier run began it and did not see its end, and it cannot run twice`,
  edited: () => 'statements of this file ran and were edited since, and the file says that they cannot run twice',
  uncounted: () =>
    'an earlier version ran a part of this file and did not count its statements, and they cannot run twice',
  reverting: () => 'the down part of this file was interrupted, and the statements of the file cannot run twice',
};

function waysOut(
  name: string,
  { index, why }: Pick<Extract<Start, { readonly type: 'refused' }>, 'index' | 'why'>,
  run: Runs | undefined,
): string {
  const goOn = (done: number): string => `\`stackctl migrate repair --statements-done ${name}=${done}\``;
  if (why === 'reverting')
    return `Run what is left of the down part by hand (\`stackctl cli\`), then ${goOn(0)}: \`stackctl migrate up\` runs the file again.`;
  if (why !== 'inDoubt')
    return `Look how many of its statements are in effect and enter that: ${goOn(0).replace('=0', '=N')}, then \`stackctl migrate up\`.`;
  const undo =
    run?.type === 'fills' && run.table !== '' ? `\`DROP TABLE IF EXISTS ${run.table}\`` : 'undo what there is of it';
  return `Look what it did. If it is not complete: ${undo}, then ${goOn(index)}. If it is complete: ${goOn(index + 1)}. Then \`stackctl migrate up\` goes on.`;
}
