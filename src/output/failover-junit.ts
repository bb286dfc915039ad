import type { Refused } from '../failover/choose.ts';
import type { FailoverReport } from '../failover/failover-test.ts';
import type { Invariant } from '../failover/invariant.ts';
import type { RunReport } from '../failover/run-report.ts';
import { runNames } from './failover.ts';
import { type JunitCase, type JunitSuite, junitText } from './junit.ts';

/**
 * A suite for each run, a case for each invariant. What could not be found out is an error, so that CI does not pass it; what
 * could not be tried here is skipped.
 */
export function failoverJunit(
  report: Pick<FailoverReport, 'runs' | 'refused' | 'unfinished' | 'baseline' | 'isSelfTest'>,
): string {
  const { runs, refused = [], unfinished = [], baseline, isSelfTest = false } = report;
  const names = runNames(runs);
  return junitText('stackctl failover-test', [
    ...runs.map((run, index) => (isSelfTest ? provenBy : suiteOf)(run, names[index] ?? run.scenario)),
    ...unfinished.map((one) => notRun(one, 'is carried through', 'error')),
    ...refused.map((one) => notRun(one, 'can be tried here', 'skipped')),
    ...(baseline === undefined ? [] : [compared(baseline)]),
  ]);
}

/** Of a self-test: the run had to fail. */
function provenBy(run: RunReport, name: string): JunitSuite {
  const CASE = 'is found to be bad';
  const type = run.verdict === 'pass' ? 'failure' : 'error';
  const problem = { type, message: [`the verdict was ${run.verdict}`, ...run.reasons].join('; ') } as const;
  return { ...suiteOf(run, name), cases: [run.verdict === 'fail' ? { name: CASE } : { name: CASE, problem }] };
}

function notRun({ scenario, reason }: Refused, name: string, type: 'error' | 'skipped'): JunitSuite {
  const problem = { type, message: reason };
  return { name: scenario, timestamp: undefined, properties: {}, cases: [{ name, problem }] };
}

function compared({ worse, notCompared }: NonNullable<FailoverReport['baseline']>): JunitSuite {
  const type = worse.length > 0 ? 'failure' : 'error';
  const said = [...worse, ...notCompared].join('; ');
  const name = 'is no worse than in the baseline';
  const cases = [said === '' ? { name } : { name, problem: { type, message: said } as const }];
  return { name: 'baseline', timestamp: undefined, properties: {}, cases };
}

function suiteOf(run: RunReport, name: string): JunitSuite {
  const { outageMs, resolutionMs, acked, failed, unknown, lost, oldMaster, newMaster, historyFile } = run;
  const figures = { outageMs, resolutionMs, acked, failed, unknown, lost, oldMaster, newMaster, historyFile };
  const known = Object.entries(figures).filter((entry): entry is [string, string | number] => entry[1] !== null);
  return { name, timestamp: run.faultAt, properties: Object.fromEntries(known), cases: run.invariants.map(caseOf) };
}

function caseOf({ name, outcome, reason }: Invariant): JunitCase {
  if (outcome === 'pass') return { name };
  return { name, problem: { type: outcome === 'fail' ? 'failure' : 'error', message: reason ?? '' } };
}
