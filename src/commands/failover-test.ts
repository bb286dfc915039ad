import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Option } from 'commander';
import { failoverTest, STEADY_MS } from '../failover/failover-test.ts';
import { defined } from '../lib/defined.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { failoverText } from '../output/failover.ts';
import { failoverJunit } from '../output/failover-junit.ts';
import { failureOf, type LimitFlags, limited, thresholdsOf, withJunit } from './failover-limits.ts';
import type { CommandModule } from './line/command.ts';
import { option, timeoutOption } from './line/options.ts';
import { withLockedSession } from './session/session.ts';

interface FailoverTestFlags extends LimitFlags {
  readonly scenario: readonly string[];
  readonly repeat: number;
  readonly junit: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  withJunit(limited(command))
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(scenarioOption())
    .addOption(
      option({
        flags: '--repeat <times>',
        description: 'run each scenario so often, and say what the runs show together',
        parse: times,
        byDefault: '1',
      }),
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
      thresholds: thresholdsOf(flags),
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
