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

/** What has to hold in every run. Names are part of the JSON and of the JUnit report. */
export interface Invariant {
  readonly name: InvariantName;
  readonly outcome: Verdict;
  /** Null for `pass`. */
  readonly reason: string | null;
}

export type InvariantName =
  | 'enough writes before the fault'
  | 'outage within the limit'
  | 'lost writes within the limit'
  | 'no phantom'
  | 'no duplicate'
  | 'no refused write is stored'
  | 'one change of the master'
  | 'the old master is a replica again';

export interface Judgement {
  readonly verdict: Verdict;
  /** Empty for `pass`. Failures first. */
  readonly reasons: readonly string[];
  readonly invariants: readonly Invariant[];
}

/** Fewer acknowledged writes than this before the fault say nothing about the writes after it. */
export const MIN_ACKED = 100;

/**
 * `fail` needs evidence that stands by itself: a lost write is lost, however coarse the clock was, and an outage is too long
 * when even its resolution taken off leaves it so. Without such evidence a run that measured too little is
 * `inconclusive`, never `pass`: a bound that lies within the resolution decides nothing.
 */
export function judge(findings: Findings, thresholds: Thresholds): Judgement {
  const invariants = [
    enoughWrites(findings),
    outageWithin(findings, thresholds),
    ...contentsSound(findings, thresholds),
    ...clusterSound(findings),
  ];
  const reasonsFor = (outcome: Verdict): readonly string[] =>
    invariants.flatMap((one) => (one.outcome === outcome && one.reason !== null ? [one.reason] : []));
  const failures = reasonsFor('fail');
  // What explains a failure is none by itself.
  const explained = failures.length === 0 ? [] : findings.explanation;
  return {
    verdict: worst(invariants.map(({ outcome }) => outcome)),
    // Several may not be known for the same reason.
    reasons: [...new Set([...explained, ...failures, ...reasonsFor('inconclusive')])],
    invariants,
  };
}

function enoughWrites({ ackedBeforeFault }: Findings): Invariant {
  return doubted(
    'enough writes before the fault',
    ackedBeforeFault < MIN_ACKED &&
      `only ${counted(ackedBeforeFault, 'write was', 'writes were')} acknowledged before the fault; at least ${MIN_ACKED} are needed`,
  );
}

function outageWithin(findings: Findings, { maxOutageMs }: Thresholds): Invariant {
  const name = 'outage within the limit';
  const { outageMs, resolutionMs, ackedBeforeFault } = findings;
  if (outageMs === null) {
    // Without an acknowledgement before the fault there is no outage to measure, which is a doubt and not a failure.
    if (ackedBeforeFault === 0) return { ...enoughWrites(findings), name };
    return failed(name, 'no write was acknowledged by a new master');
  }
  if (outageMs - resolutionMs > maxOutageMs) {
    const measured = `${Math.round(outageMs)} ms (± ${Math.ceil(resolutionMs)} ms)`;
    return failed(name, `a new master acknowledged no write for ${measured}; at most ${maxOutageMs} ms are allowed`);
  }
  return doubted(
    name,
    outageMs + resolutionMs > maxOutageMs &&
      `the outage of ${Math.round(outageMs)} ms was measured to within ${Math.ceil(resolutionMs)} ms, and the ${maxOutageMs} ms that are allowed lie within that`,
  );
}

function contentsSound({ contents }: Findings, { maxLost }: Thresholds): readonly Invariant[] {
  const named = ['lost writes within the limit', 'no phantom', 'no duplicate', 'no refused write is stored'] as const;
  if (contents === undefined)
    return named.map((name) => doubted(name, 'the final read failed, so lost writes could not be counted'));
  const { lost, phantom, duplicates, misclassified } = contents;
  const [losses, phantoms, doubles, refusals] = named;
  return [
    failed(
      losses,
      lost > maxLost &&
        `${counted(lost, 'acknowledged write was', 'acknowledged writes were')} lost; at most ${maxLost} ${maxLost === 1 ? 'is' : 'are'} allowed`,
    ),
    failed(phantoms, phantom > 0 && `${counted(phantom, 'value is', 'values are')} stored that this run did not write`),
    failed(doubles, duplicates > 0 && `${counted(duplicates, 'value is', 'values are')} stored more than once`),
    failed(
      refusals,
      misclassified > 0 &&
        `${counted(misclassified, 'write was refused and is', 'writes were refused and are')} stored nevertheless`,
    ),
  ];
}

function clusterSound({ switches, oldPrimaryRejoined }: Findings): readonly Invariant[] {
  return [
    failed(
      'one change of the master',
      switches !== 1 && `the master changed ${counted(switches, 'time')}; exactly once was expected`,
    ),
    failed('the old master is a replica again', !oldPrimaryRejoined && 'the old master did not become a replica again'),
  ];
}

function failed(name: InvariantName, reason: string | false): Invariant {
  return unlessHolds(name, 'fail', reason);
}

function doubted(name: InvariantName, reason: string | false): Invariant {
  return unlessHolds(name, 'inconclusive', reason);
}

/** False: it holds. */
function unlessHolds(name: InvariantName, outcome: Verdict, reason: string | false): Invariant {
  return reason === false ? { name, outcome: 'pass', reason: null } : { name, outcome, reason };
}

/** The worst of several: `fail`, then `inconclusive`, then `pass`. No run at all is inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
