import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { StackctlError } from '../errors.ts';
import { type Baseline, readBaseline } from '../failover/baseline.ts';
import type { Wish } from '../failover/choose.ts';
import { type FailoverReport, failoverTest, STEADY_MS, scenariosOf } from '../failover/failover-test.ts';
import { comparedWith, proven } from '../failover/turned-verdict.ts';
import { defined } from '../lib/defined.ts';
import { failoverText, scenariosText } from '../output/failover.ts';
import { failureOf, type LimitFlags, limited, type ReportFlags, thresholdsOf, withReports } from './failover-limits.ts';
import { tryReports, writeReports } from './failover-reports.ts';
import { SCENARIOS, WORKLOADS } from './failover-scenarios.ts';
import type { CommandModule } from './line/command.ts';
import { duration, listOption, option, timeoutOption } from './line/options.ts';
import { withLockedSession, withSession } from './session/session.ts';

interface FailoverTestFlags extends LimitFlags, ReportFlags {
  readonly scenario: readonly string[];
  readonly quick?: true;
  readonly full?: true;
  readonly selfTest?: true;
  readonly list?: true;
  /** Milliseconds. */
  readonly soak: number | undefined;
  readonly seed: number | undefined;
  readonly repeat: number;
  readonly baseline: string | undefined;
  readonly client: readonly string[];
  readonly workload: readonly string[];
}

export const configure: CommandModule['configure'] = (command) => {
  withReports(limited(command))
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(scenarioOption())
    .addOption(new Option('--quick', 'the short check: a few scenarios that say most').conflicts(['scenario', 'full']))
    .addOption(new Option('--full', 'every scenario that can be tried here').conflicts('scenario'))
    .addOption(
      option({
        flags: '--soak <duration>',
        description: 'one scenario after the other, drawn at random from all that can be tried here, for so long',
        parse: duration,
      }).conflicts(['scenario', 'quick', 'full', 'repeat']),
    )
    .addOption(
      new Option('--self-test', 'try set-ups that are known to be bad: passes when each of them fails').conflicts([
        'scenario',
        'quick',
        'full',
        'soak',
        'baseline',
        'client',
        'workload',
      ]),
    )
    .option('--list', 'show the scenarios, and why one cannot be tried here; nothing is done')
    .addOption(
      option({
        flags: '--seed <number>',
        description: 'equal seeds break things at equal moments, and the same ones; without it, a new one',
        parse: seedOf,
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
      '--baseline <file>',
      'fail when it is worse than then: what --repeat --json printed, with --repeat of 6 or more',
    )
    .addOption(workloadOption())
    .addOption(
      listOption(
        '--client <client>',
        "judge an application's client too: ioredis, node-redis (with options: ioredis?failoverDetector=true) or exec:<command>",
      ),
    )
    .addOption(timeoutOption('how long the stack may take to become steady, before and after', STEADY_MS));
};

export const run: CommandModule<FailoverTestFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  if (flags.list === true) {
    return withSession(context, stackRef, async ({ stack, runtime }) => {
      const scenarios = await scenariosOf(stack, runtime);
      return { data: { scenarios }, text: scenariosText(scenarios) };
    });
  }
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(resolve(context.cwd, flags.baseline));
  if (baseline !== undefined && flags.repeat < FEWEST_RUNS) throw tooFewRuns();
  await tryReports(context, flags);
  return withLockedSession(context, stackRef, 'failover-test', async ({ stack, runtime, paths, emit, signal }) => {
    const tested = await failoverTest({
      stack,
      runtime,
      scenarios: wishOf(flags),
      repeat: flags.repeat,
      soakMs: flags.soak,
      clients: flags.client,
      workloads: flags.workload,
      folder: context.cwd,
      seed: flags.seed ?? Math.floor(Math.random() * LARGEST_SEED),
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
    const report = judged(tested, flags, baseline);
    await writeReports(context, flags, report);
    const failure = failureOf(report);
    return { data: report, text: failoverText(report), ...defined({ failure }) };
  });
};

/** An interval of the median takes so many. */
const FEWEST_RUNS = 6;

function tooFewRuns(): StackctlError {
  return new StackctlError('E_USAGE', `--baseline takes --repeat of ${FEWEST_RUNS} or more`, {
    hint: 'Fewer runs have no interval that could be compared. Say: --repeat 20',
  });
}

function judged(
  report: FailoverReport,
  { selfTest }: FailoverTestFlags,
  baseline: Baseline | undefined,
): FailoverReport {
  if (selfTest === true) return proven(report);
  return baseline === undefined ? report : comparedWith(baseline, report);
}

function wishOf({ scenario, quick, full, soak, selfTest }: FailoverTestFlags): Wish {
  if (selfTest === true) return 'known-bad';
  if (quick === true) return 'quick';
  return full === true || soak !== undefined ? 'full' : scenario;
}

/** The names belong to the kind that fails over, which refuses others; the first one is its default. */
function scenarioOption(): Option {
  const description = 'what happens to the master (see --list); several with commas, one after the other';
  return namesOption('--scenario <names>', description, SCENARIOS).default([], SCENARIOS[0]);
}

/** Likewise. */
function workloadOption(): Option {
  const description = 'what is written beside the list, each by a writer of its own; several with commas';
  return namesOption('--workload <names>', description, WORKLOADS).default([]);
}

function namesOption(flags: string, description: string, choices: readonly string[]): Option {
  const made = option({ flags, description, parse: names, choices });
  return made.argParser((text: string, before: readonly string[]) => [...before, ...names(text)]);
}

function names(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '');
}

function times(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 9999.');
  return Number(text);
}

/** As long as a person copies it without a mistake. */
const LARGEST_SEED = 1_000_000;

function seedOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}
