import { StackctlError } from '../../errors.ts';
import { counted } from '../../lib/counted.ts';
import { isThere } from '../../lib/files.ts';
import type { PhaseResult } from '../../smoke/results.ts';
import { withRecordAlone } from '../session/record-session.ts';
import type { SmokeProject } from './own-project.ts';
import { runVerb } from './run-verb.ts';

/** Deletes the project. That nothing is left is asked of the runtime, and of the processes that were seen to run. */
export async function endsWithoutTrace(project: SmokeProject): Promise<PhaseResult> {
  const ending = uninterrupted(project);
  if (!(await isThere(project.paths.record))) return ended([], 'nothing was started');
  const pids = await withRecordAlone(ending.context, undefined, async ({ runtime }) =>
    (await runtime.observe()).flatMap(({ pid }) => pid ?? []),
  );
  await runVerb(ending, ['down', '--volumes']);
  const left = await withRecordAlone(ending.context, undefined, async ({ runtime }) => [
    ...(await runtime.observe()).map(({ name, state }) => `${name} is still there (${state})`),
    ...(await runtime.data()).map(({ name }) => `data is still there: ${name}`),
  ]);
  const alive = pids.filter(runs).map((pid) => `process ${pid} still runs`);
  await runVerb(ending, ['clean']);
  const folder = (await isThere(project.paths.record)) ? [`${project.paths.root} is still there`] : [];
  return ended(
    [...left, ...alive, ...folder],
    `${counted(pids.length, 'program')} ended, no instance and no data left`,
  );
}

function ended(left: readonly string[], seen: string): PhaseResult {
  return {
    verdict: left.length === 0 ? 'pass' : 'fail',
    reasons: left,
    seen: left.length === 0 ? seen : '',
    data: { left },
  };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends what a check has started that cannot go on. Of what goes wrong in it, the first error says more. */
export async function endSmoke(project: SmokeProject): Promise<void> {
  try {
    await endsWithoutTrace(project);
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    project.context.emit({ type: 'warning', text: `the project ${project.name} is not ended: ${error.message}` });
  }
}

/** An interrupt ends the check, not its cleaning up; a second one ends the program. */
function uninterrupted(project: SmokeProject): SmokeProject {
  return { ...project, context: { ...project.context, signal: new AbortController().signal } };
}
