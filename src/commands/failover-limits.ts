/** What `failover-test` and `verify-history` have in common: the limits, and how a verdict ends the program. */
import { type Command, InvalidArgumentError } from 'commander';
import { StackctlError } from '../errors.ts';
import type { FailoverReport } from '../failover/failover-test.ts';
import type { Thresholds } from '../failover/verdict.ts';
import { runNames } from '../output/failover.ts';
import { duration, option } from './line/options.ts';

export interface LimitFlags {
  /** Milliseconds. */
  readonly maxOutage: number;
  readonly maxLost: number;
}

const JUNIT = 'write a report for CI there: a suite for each run, a case for each thing that has to hold';

export function withJunit(command: Command): Command {
  return command.option('--junit <file>', JUNIT);
}

/** @param otherwise what counts without the flags, in words; undefined: their own defaults. */
export function limited(command: Command, otherwise?: string): Command {
  const byDefault = (text: string) => (otherwise === undefined ? { byDefault: text } : {});
  const note = otherwise === undefined ? '' : `; without it, ${otherwise}`;
  return command
    .addOption(
      option({
        flags: '--max-outage <duration>',
        description: `longest time without an acknowledged write that passes, e.g. 500ms, 8s${note}`,
        parse: duration,
        ...byDefault('10s'),
      }),
    )
    .addOption(
      option({
        flags: '--max-lost <writes>',
        description: `how many acknowledged writes may be lost${note}`,
        parse: count,
        ...byDefault('0'),
      }),
    );
}

export function thresholdsOf({ maxOutage, maxLost }: LimitFlags): Thresholds {
  return { maxOutageMs: maxOutage, maxLost };
}

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

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}
