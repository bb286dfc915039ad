/** What `failover-test` and `verify-history` have in common: the limits, and how a verdict ends the program. */
import { type Command, InvalidArgumentError } from 'commander';
import { StackctlError } from '../errors.ts';
import type { Refused } from '../failover/choose.ts';
import type { FailoverReport } from '../failover/failover-test.ts';
import type { Thresholds } from '../failover/thresholds.ts';
import { defined } from '../lib/defined.ts';
import { runNames } from '../output/failover.ts';
import { duration, option } from './line/options.ts';

export interface LimitFlags {
  /** Milliseconds. */
  readonly maxOutage: number;
  readonly maxLost: number;
  /** Milliseconds. */
  readonly maxSplitBrain: number | undefined;
}

const HTML = 'write a page there that shows each run over time; it needs no other file and no network';
const JUNIT = 'write a report for CI there: a suite for each run, a case for each thing that has to hold';

export interface ReportFlags {
  readonly junit: string | undefined;
  readonly html: string | undefined;
}

export function withReports(command: Command): Command {
  return command.option('--junit <file>', JUNIT).option('--html <file>', HTML);
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
    )
    .addOption(
      option({
        flags: '--max-split-brain <duration>',
        description: `longest time in which two servers may say that they are the master; without it, ${otherwise ?? 'any'}`,
        parse: duration,
      }),
    );
}

export function thresholdsOf({ maxOutage, maxLost, maxSplitBrain }: LimitFlags): Thresholds {
  return { maxOutageMs: maxOutage, maxLost, ...defined({ maxSplitBrainMs: maxSplitBrain }) };
}

/** Undefined: passed. Otherwise what ends the run, with its exit code. */
export function failureOf(report: FailoverReport): StackctlError | undefined {
  const { verdict } = report;
  if (verdict === 'pass') return undefined;
  const said = report.isSelfTest === true ? missedIn(report) : reasonsIn(report);
  // Where nothing could be tried at all, that is why.
  const reasons = said.length > 0 ? said : (report.refused ?? []).map(reasonText);
  return verdict === 'fail'
    ? new StackctlError('E_VERDICT_FAIL', reasons.join('; '), {
        hint: `Every write is in the history file that is named above (historyFile in the JSON).${ofClients(report)}`,
        details: { reasons },
      })
    : new StackctlError('E_VERDICT_INCONCLUSIVE', reasons.join('; '), {
        hint: 'Run it again; on a busy machine, when it is idle.',
        details: { reasons },
      });
}

/** What a client makes of a failover is mostly a matter of its options. */
function ofClients({ runs }: FailoverReport): string {
  const isClients = runs.some(({ clients }) => clients !== undefined);
  return isClients ? ' docs/clients.md names options of clients that hang or lose writes.' : '';
}

function reasonsIn({ runs, baseline, unfinished = [] }: FailoverReport): readonly string[] {
  const names = runNames(runs);
  const ofRuns = runs.flatMap((run, index) => run.reasons.map((reason) => `${names[index]}: ${reason}`));
  const left = unfinished.map(reasonText);
  return [...(baseline?.worse ?? []), ...ofRuns, ...(baseline?.notCompared ?? []), ...left];
}

function reasonText({ scenario, reason }: Refused): string {
  return `${scenario}: ${reason}`;
}

/** Of a self-test: a known-bad set-up that did not fail. */
function missedIn({ runs, unfinished = [] }: FailoverReport): readonly string[] {
  const missed = runs.flatMap(({ scenario, verdict, reasons }) => {
    if (verdict === 'fail') return [];
    return [verdict === 'pass' ? `${scenario} passed, and is known to be bad` : `${scenario}: ${reasons.join('; ')}`];
  });
  return [...missed, ...unfinished.map(reasonText)];
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return Number(text);
}
