import type { RunReport } from '../failover/report.ts';
import type { Invariant } from '../failover/verdict.ts';
import { runNames } from './failover.ts';
import { type JunitCase, type JunitSuite, junitText } from './junit.ts';

/** A suite for each run, a case for each invariant. What could not be found out is an error, so that CI does not pass it. */
export function failoverJunit(runs: readonly RunReport[]): string {
  const names = runNames(runs);
  return junitText(
    'stackctl failover-test',
    runs.map((run, index) => suiteOf(run, names[index] ?? run.scenario)),
  );
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
