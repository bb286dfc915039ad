import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { isThere } from '../lib/files.ts';
import { smokeText } from '../output/smoke.ts';
import { runPhases, type SmokeReport, verdictOf } from '../smoke/phases.ts';
import type { PhaseResult } from '../smoke/results.ts';
import { withoutSecrets } from '../smoke/without-secrets.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { CommandModule, Switch } from './line/command.ts';
import { timeoutOption } from './line/options.ts';
import { withSession } from './session/session.ts';
import { saveArtifacts } from './smoke/artifacts.ts';
import { endSmoke } from './smoke/end.ts';
import { ownProject, type SmokeProject } from './smoke/own-project.ts';
import { hideOwnSecrets } from './smoke/own-secrets.ts';
import { notStarted, reportSmoke, type SmokeReports, tryReports } from './smoke/reports.ts';
import { phasesOf } from './smoke/smoke-phases.ts';

interface SmokeFlags extends SmokeReports {
  readonly keep: Switch;
  readonly artifacts: string | undefined;
}

const WHAT_IT_DOES = `
A project of its own, beside the one that you may have up, goes through: up, health, migrate, traffic
(every profile, read back), failover (where something fails over), restart (each service, under
traffic), again (down and up: the data is still there), down (nothing is left). One verdict: exit code
6 when a phase failed, 8 when one could not be judged.`;

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'a built-in stack or a folder with a stack.yaml; without it, that of this folder')
    .option('--keep', 'leave the project up at the end, to look at it')
    .option('--junit <file>', 'write a report for CI there: a case for each phase')
    .option('--html <file>', 'write a page there that shows the phases; it needs no other file and no network')
    .option(
      '--artifacts <folder>',
      'where a phase fails, put logs, rendered files, status, runs and versions there, without secrets',
    )
    .addOption(timeoutOption('how long each step of a phase may take; without it, what the verb of the step has'));
  command.addHelpText('after', WHAT_IT_DOES);
};

export const run: CommandModule<SmokeFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  await tryReports(context, stackRef, flags);
  try {
    return await ownProject(context, stackRef, async (project) => {
      const report = await smoke(project, flags);
      await reportSmoke(context, flags, report);
      const failure = failureOf(report, context.signal);
      return { data: report, text: smokeText(report), ...defined({ failure }) };
    });
  } catch (error) {
    // Nothing was started: whoever collects the files has to find out why there too.
    if (error instanceof StackctlError) await reportSmoke(context, flags, notStarted(context, stackRef, error));
    throw error;
  }
};

async function smoke(project: SmokeProject, { keep, artifacts }: SmokeFlags): Promise<SmokeReport> {
  const { emit, signal } = project.context;
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const phases = phasesOf(project, { keep: keep === true });
  try {
    const reports = await runPhases(phases, {
      ...{ emit, signal, clock: performance },
      shown: async (result) => withoutSecrets(result, hideOwnSecrets(await stackOf(project, result))),
      beforeTheEnd: async (soFar) => (artifacts === undefined ? undefined : saveArtifacts(project, artifacts, soFar)),
    });
    return {
      ...{ project: project.name, stack: project.stack.name, verdict: verdictOf(reports), startedAt },
      durationMs: Math.round(performance.now() - started),
      phases: reports,
    };
  } catch (error) {
    await endSmoke(project);
    throw error;
  }
}

/** Where something is wrong that of the running project, which has secrets that were made when it was brought up. Never throws. */
async function stackOf({ context, stackRef, stack, paths }: SmokeProject, result: PhaseResult): Promise<Stack> {
  const isWell = result.warnings === undefined && (result.verdict === 'pass' || result.verdict === 'skipped');
  if (isWell || !(await isThere(paths.record))) return stack;
  const { signal } = new AbortController();
  return withSession({ ...context, signal }, stackRef, async (session) => session.stack).catch(() => stack);
}

/** Undefined: passed. */
function failureOf({ verdict, phases }: SmokeReport, signal: AbortSignal): StackctlError | undefined {
  if (signal.aborted && signal.reason instanceof StackctlError) return signal.reason;
  if (verdict === 'pass') return undefined;
  const bad = phases.filter((phase) => phase.verdict === verdict);
  const names = bad.map(({ phase }) => phase).join(', ');
  const details = { phases: bad.map(({ phase, reasons }) => ({ phase, reasons })) };
  return verdict === 'fail'
    ? new StackctlError('E_VERDICT_FAIL', `failed: ${names}`, { hint: NEXT, details })
    : new StackctlError('E_VERDICT_INCONCLUSIVE', `could not be judged: ${names}`, { hint: NEXT, details });
}

const NEXT = 'Why stands above. With --artifacts FOLDER logs and files are kept, with --keep the project is.';
