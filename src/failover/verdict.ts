import { counted } from '../lib/counted.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive';

export interface Thresholds {
  readonly maxOutageMs: number;
  readonly maxLost: number;
}

/** What one run measured. `undefined`: could not be measured. */
export interface Findings {
  readonly ackedBeforeFault: number;
  readonly outageMs: number | null;
  readonly resolutionMs: number;
  readonly switches: number;
  /** The instance that the fault hit is a replica of the new primary, and every arbiter agrees. */
  readonly oldPrimaryRejoined: boolean;
  /** Why the primary did not change, in the arbiters' words; empty when it did. */
  readonly explanation: readonly string[];
  /** Undefined when the final read failed. */
  readonly contents:
    | {
        readonly lost: number;
        readonly phantom: number;
        readonly duplicates: number;
        readonly misclassified: number;
      }
    | undefined;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Empty for `pass`. Failures first. */
  readonly reasons: readonly string[];
}

/** Fewer acknowledged writes than this before the fault say nothing about the writes after it. */
export const MIN_ACKED = 100;

/**
 * `fail` needs evidence that stands by itself: a lost write is lost, however coarse the clock was, and an outage is too long
 * when even its resolution taken off leaves it so. Without such evidence a run that measured too little is
 * `inconclusive`, never `pass`: a bound that lies within the resolution decides nothing.
 */
export function judge(findings: Findings, thresholds: Thresholds): Judgement {
  const failures = [
    ...outageFailures(findings, thresholds),
    ...contentFailures(findings, thresholds),
    ...clusterFailures(findings),
  ];
  // What explains a failure is none by itself.
  const explained = failures.length === 0 ? [] : findings.explanation;
  const doubts = doubtsAbout(findings, thresholds);
  return {
    verdict: failures.length > 0 ? 'fail' : doubts.length > 0 ? 'inconclusive' : 'pass',
    reasons: [...explained, ...failures, ...doubts],
  };
}

function outageFailures({ outageMs, resolutionMs, ackedBeforeFault }: Findings, { maxOutageMs }: Thresholds): string[] {
  if (outageMs === null) {
    // Without an acknowledgement before the fault there is no outage to measure, which is a doubt and not a failure.
    return ackedBeforeFault === 0 ? [] : ['no write was acknowledged by a new master'];
  }
  if (outageMs - resolutionMs <= maxOutageMs) return [];
  const measured = `${Math.round(outageMs)} ms (± ${Math.ceil(resolutionMs)} ms)`;
  return [`a new master acknowledged no write for ${measured}; at most ${maxOutageMs} ms are allowed`];
}

function contentFailures({ contents }: Findings, { maxLost }: Thresholds): string[] {
  if (contents === undefined) return [];
  const { lost, phantom, duplicates, misclassified } = contents;
  return [
    ...when(
      lost > maxLost,
      `${counted(lost, 'acknowledged write was', 'acknowledged writes were')} lost; at most ${maxLost} ${maxLost === 1 ? 'is' : 'are'} allowed`,
    ),
    ...when(phantom > 0, `${counted(phantom, 'value is', 'values are')} stored that this run did not write`),
    ...when(duplicates > 0, `${counted(duplicates, 'value is', 'values are')} stored more than once`),
    ...when(
      misclassified > 0,
      `${counted(misclassified, 'write was refused and is', 'writes were refused and are')} stored nevertheless`,
    ),
  ];
}

function clusterFailures({ switches, oldPrimaryRejoined }: Findings): string[] {
  return [
    ...when(switches !== 1, `the master changed ${counted(switches, 'time')}; exactly once was expected`),
    ...when(!oldPrimaryRejoined, 'the old master did not become a replica again'),
  ];
}

function doubtsAbout(
  { ackedBeforeFault, resolutionMs, outageMs, contents }: Findings,
  { maxOutageMs }: Thresholds,
): string[] {
  return [
    ...when(
      ackedBeforeFault < MIN_ACKED,
      `only ${counted(ackedBeforeFault, 'write was', 'writes were')} acknowledged before the fault; at least ${MIN_ACKED} are needed`,
    ),
    ...when(
      outageMs !== null && Math.abs(outageMs - maxOutageMs) <= resolutionMs && outageMs + resolutionMs > maxOutageMs,
      `the outage of ${Math.round(outageMs ?? 0)} ms was measured to within ${Math.ceil(resolutionMs)} ms, and the ${maxOutageMs} ms that are allowed lie within that`,
    ),
    ...when(contents === undefined, 'the final read failed, so lost writes could not be counted'),
  ];
}

function when(condition: boolean, reason: string): string[] {
  return condition ? [reason] : [];
}

/** The worst of several: `fail`, then `inconclusive`, then `pass`. No run at all is inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
