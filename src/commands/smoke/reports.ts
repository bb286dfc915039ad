/** Where the result of a smoke check goes besides standard output. */
import { appendFile } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { errorText, type StackctlError } from '../../errors.ts';
import { writeFileAtomic } from '../../lib/files.ts';
import { smokeAnnotations, smokeJunit, smokeMarkdown, smokePage } from '../../output/smoke-files.ts';
import type { SmokeReport } from '../../smoke/phases.ts';
import { formatProblem, type Problem } from '../../stack/source/problem.ts';
import { VERSION } from '../../version.ts';
import type { CommandContext } from '../line/command.ts';

export interface SmokeReports {
  readonly junit: string | undefined;
  readonly html: string | undefined;
}

/** What a check is known by before its stack is read. */
type Asked = Pick<CommandContext, 'cwd' | 'global'>;

function notEnded({ cwd, global }: Asked, stackRef: string | undefined, startedAt: Date): SmokeReport {
  const stack = basename(resolve(cwd, stackRef ?? '.'));
  const phase = { phase: 'smoke', verdict: 'inconclusive', reasons: ['the check has not ended'] } as const;
  return {
    ...{ project: global.project ?? `${stack}-smoke`, stack, verdict: 'inconclusive', durationMs: 0 },
    startedAt: startedAt.toISOString(),
    phases: [{ ...phase, seen: '', data: null, durationMs: 0 }],
  };
}

/** Of a check that could not begin: one phase, with every mistake as a reason. */
export function notStarted(asked: Asked, stackRef: string | undefined, error: StackctlError): SmokeReport {
  const problems = error.details.problems as readonly Problem[] | undefined;
  const placed = (problems ?? []).map((problem) => formatProblem(placedIn(asked.cwd, problem)));
  const reasons = placed.length > 0 ? placed : [error.message];
  return {
    ...notEnded(asked, stackRef, new Date()),
    phases: [{ phase: 'start', verdict: 'fail', reasons, seen: '', data: null, durationMs: 0 }],
  };
}

/** With a line, and a path as a CI knows it that runs the check in its checkout. */
function placedIn(cwd: string, problem: Problem): Problem {
  const { file, line = 1, column = 1 } = problem;
  if (file === undefined) return problem;
  const within = relative(cwd, resolve(cwd, file));
  return { ...problem, file: within.startsWith('..') ? file : within, line, column };
}

/** What cannot be written is known before anything is started; and until it has ended, the files say that it has not. */
export async function tryReports(asked: Asked, stackRef: string | undefined, flags: SmokeReports): Promise<void> {
  await writeFiles(asked.cwd, flags, notEnded(asked, stackRef, new Date(0)));
}

export async function reportSmoke(context: CommandContext, flags: SmokeReports, report: SmokeReport): Promise<void> {
  await writeFiles(context.cwd, flags, report);
  await tellGithub(context, report);
}

async function writeFiles(cwd: string, { junit, html }: SmokeReports, report: SmokeReport): Promise<void> {
  if (junit !== undefined) await writeFileAtomic(resolve(cwd, junit), smokeJunit(report));
  if (html !== undefined) await writeFileAtomic(resolve(cwd, html), smokePage(report, `stackctl ${VERSION}`));
}

/** The runner reads commands from both streams; standard output has the answer. */
async function tellGithub({ env, stderr, emit }: CommandContext, report: SmokeReport): Promise<void> {
  if (env.GITHUB_ACTIONS !== 'true') return;
  for (const line of smokeAnnotations(report)) stderr.write(`${line}\n`);
  const summary = env.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === '') return;
  await appendFile(summary, smokeMarkdown(report)).catch((error: unknown) => {
    emit({ type: 'warning', text: `no summary of the step: ${errorText(error)}` });
  });
}
