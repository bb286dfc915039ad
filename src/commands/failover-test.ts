import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { StackctlError } from '../errors.ts';
import { failoverTest } from '../failover/failover-test.ts';
import type { FailoverReport } from '../failover/report.ts';
import { parseDuration } from '../lib/duration.ts';
import { failoverText } from '../output/failover.ts';
import type { CommandModule } from './command.ts';
import { withLockedSession } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; default: the only project of this folder')
    .option('--scenario <names>', 'master-kill, master-hang, planned; several with commas', collect, [])
    .option('--max-outage <duration>', 'longest time without an accepted write', duration, 10_000)
    .option('--max-lost <count>', 'acknowledged writes that may be lost', count, 0);
};

export const run: CommandModule['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  return withLockedSession(context, stackRef, 'failover-test', async ({ stack, runtime, paths, emit, signal }) => {
    const report = await failoverTest({
      stack,
      runtime,
      scenarios: flags.scenario as readonly string[],
      thresholds: { maxOutageMs: Number(flags.maxOutage), maxLost: Number(flags.maxLost) },
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
    const failure = failureOf(report);
    return { data: report, text: failoverText(report), ...(failure === undefined ? {} : { failure }) };
  });
};

function failureOf({ verdict, runs }: FailoverReport): StackctlError | undefined {
  if (verdict === 'pass') return undefined;
  const reasons = runs.flatMap(({ scenario, reasons }) => reasons.map((reason) => `${scenario}: ${reason}`));
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

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, ...value.split(',').filter((name) => name !== '')];
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Give a number with a unit: 500ms, 10s, 2m.');
  return ms;
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}
