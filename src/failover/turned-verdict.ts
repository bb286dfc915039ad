/** Verdicts that look at more than the runs themselves. */
import { type Baseline, notCompared, regressions } from './baseline.ts';
import type { FailoverReport } from './failover-test.ts';
import { type Verdict, worst } from './verdict.ts';

/**
 * The verdict on the test itself, from runs on set-ups that are known to be bad: it passes when each of them fails. One that
 * passed is a fault of the test, and one that could not be judged says nothing about it.
 */
export function proven(report: FailoverReport): FailoverReport {
  const converse = report.runs.map(({ verdict }) => CONVERSE[verdict]);
  const open = (report.unfinished ?? []).map(() => 'inconclusive' as const);
  return { ...report, verdict: worst([...converse, ...open]), isSelfTest: true };
}

/** The report beside one of earlier: what is worse fails it, and what could not be compared leaves it open. */
export function comparedWith(before: Baseline, report: FailoverReport): FailoverReport {
  const { summaries = [] } = report;
  const baseline = { worse: regressions(summaries, before), notCompared: notCompared(summaries, before) };
  const verdicts: Verdict[] = [report.verdict];
  if (baseline.worse.length > 0) verdicts.push('fail');
  if (baseline.notCompared.length > 0) verdicts.push('inconclusive');
  return { ...report, verdict: worst(verdicts), baseline };
}

const CONVERSE = { fail: 'pass', pass: 'fail', inconclusive: 'inconclusive' } as const;
