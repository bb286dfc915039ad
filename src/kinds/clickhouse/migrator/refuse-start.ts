import { StackctlError } from '../../../errors.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import type { Runs } from '../sql/running/runs.ts';
import type { Start } from './resume.ts';

type Refused = Extract<Start, { readonly type: 'refused' }>;

/** The error for a file that must not go on by itself: it says what to look at and the command for each answer. */
export function refusedStart(
  { name, path, statements }: PendingMigration,
  { index, why }: Refused,
  { run, part }: { readonly run: Runs | undefined; readonly part: 'up' | 'down' },
): StackctlError {
  const at = why === 'reverting' ? undefined : statements[index];
  const { line = 1, column = 1 } = at ?? {};
  const what = run?.type === 'once' || run?.type === 'fills' ? run.what : 'statement';
  const [whole, state] = part === 'up' ? ['whole file', 'applied'] : ['whole down part', 'reverted'];
  const rest = `If the ${whole} is in effect: \`stackctl migrate repair --mark-${state} ${name}\`.`;
  return new StackctlError('E_MIGRATION_FAILED', `${path}:${line}:${column}: ${REASONS[why](what, index)}`, {
    hint: why === 'reverting' ? halfReverted(name) : `${waysOut(name, { index, why }, run)} ${rest}`,
    details: { path, line, column, migration: name, statementsDone: index, reason: why },
  });
}

const REASONS: Readonly<Record<Refused['why'], (what: string, done: number) => string>> = {
  inDoubt: (what) =>
    `this ${what} may be in effect, wholly or in part: an earlier run began it and did not see its end, and it cannot run twice`,
  edited: () => 'statements of this file ran and were edited since, and the file says that they cannot run twice',
  uncounted: () =>
    'an earlier version ran a part of this file and did not count its statements, and they cannot run twice',
  reverting: (_what, done) => `the file is taken back in part: ${done} statements of its down part are in effect`,
};

function halfReverted(name: string): string {
  return `\`stackctl migrate down\` goes on with its down part. If nothing of the file is left: \`stackctl migrate repair --mark-reverted ${name}\`. If all of the file is in effect: \`stackctl migrate repair --mark-applied ${name}\`.`;
}

function waysOut(
  name: string,
  { index, why }: { readonly index: number; readonly why: Exclude<Refused['why'], 'reverting'> },
  run: Runs | undefined,
): string {
  const goOn = (done: number): string => `\`stackctl migrate repair --statements-done ${name}=${done}\``;
  if (why !== 'inDoubt')
    return `Look how many of its statements are in effect and enter that: ${goOn(0).replace('=0', '=N')}, then run \`stackctl migrate up\`.`;
  const undo =
    run?.type === 'fills' && run.table !== '' ? `\`DROP TABLE IF EXISTS ${run.table}\`` : 'undo what there is of it';
  return `Look what it did. If it is not complete: ${undo}, then ${goOn(index)}. If it is complete: ${goOn(index + 1)}. Then run \`stackctl migrate up\`, which goes on.`;
}
