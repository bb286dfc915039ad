import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Option } from 'commander';
import { StackctlError } from '../errors.ts';
import { type FailoverReport, failoverTest, STEADY_MS } from '../failover/failover-test.ts';
import { defined } from '../lib/defined.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { failoverText, runNames } from '../output/failover.ts';
import { failoverJunit } from '../output/failover-junit.ts';
import type { CommandModule } from './line/command.ts';
import { duration, option, timeoutOption } from './line/options.ts';
import { withLockedSession } from './session/session.ts';

interface FailoverTestFlags {
  readonly scenario: readonly string[];
  readonly repeat: number;
  readonly junit: string | undefined;
  /** Milliseconds. */
  readonly maxOutage: number;
  readonly maxLost: number;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(scenarioOption())
    .addOption(
      option({
        flags: '--max-outage <duration>',
        description: 'longest time without an acknowledged write that passes, e.g. 500ms, 8s',
        parse: duration,
        byDefault: '10s',
      }),
    )
    .addOption(
      option({
        flags: '--max-lost <writes>',
        description: 'how many acknowledged writes may be lost',
        parse: count,
        byDefault: '0',
      }),
    )
    .addOption(
      option({
        flags: '--repeat <times>',
        description: 'run each scenario so often, and say what the runs show together',
        parse: times,
        byDefault: '1',
      }),
    )
    .option(
      '--junit <file>',
      'write a report for CI there: a suite for each run, a case for each thing that has to hold',
    )
    .addOption(timeoutOption('how long the stack may take to become steady, before and after', STEADY_MS));
};

export const run: CommandModule<FailoverTestFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  const junit = flags.junit === undefined ? undefined : resolve(context.cwd, flags.junit);
  // What cannot be written is known before anything is broken.
  if (junit !== undefined) await writeFileAtomic(junit, failoverJunit([]));
  return withLockedSession(context, stackRef, 'failover-test', async ({ stack, runtime, paths, emit, signal }) => {
    const report = await failoverTest({
      stack,
      runtime,
      scenarios: flags.scenario,
      repeat: flags.repeat,
      thresholds: { maxOutageMs: flags.maxOutage, maxLost: flags.maxLost },
      ...(context.global.timeoutMs === undefined ? {} : { limits: { steadyMs: context.global.timeoutMs } }),
      faults: paths.faults,
      histories: join(paths.root, 'failover'),
      command: 'stackctl failover-test',
      clock: performance,
      date: () => new Date(),
      random: Math.random,
      emit,
      signal,
    });
    if (junit !== undefined) await writeFileAtomic(junit, failoverJunit(report.runs));
    const failure = failureOf(report);
    return { data: report, text: failoverText(report), ...defined({ failure }) };
  });
};

/** Undefined: passed. Otherwise what ends the run, with its exit code. */
export function failureOf({ verdict, runs }: FailoverReport): StackctlError | undefined {
  if (verdict === 'pass') return undefined;
  const names = runNames(runs);
  const reasons = runs.flatMap((run, index) => run.reasons.map((reason) => `${names[index]}: ${reason}`));
  return verdict === 'fail'
    ? new StackctlError('E_VERDICT_FAIL', reasons.join('; '), {
        hint: 'Every write is in the history file that is named above (historyFile in the JSON).',
        details: { reasons },
      })
    : new StackctlError('E_VERDICT_INCONCLUSIVE', reasons.join('; '), {
        hint: 'Run it again; on a busy machine, when it is idle.',
        details: { reasons },
      });
}

/** The names belong to the kind that fails over, which refuses others; the first one is its default. */
function scenarioOption(): Option {
  const description = 'what happens to the master; several with commas, one after the other';
  const made = option({ flags: '--scenario <names>', description, parse: names, choices: SCENARIOS });
  return made
    .argParser((text: string, before: readonly string[]) => [...before, ...names(text)])
    .default([], SCENARIOS[0]);
}

const SCENARIOS = ['master-kill', 'master-hang', 'planned'];

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '');
}

function times(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 9999.');
  return Number(text);
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}
