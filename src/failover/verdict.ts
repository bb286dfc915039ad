import { counted } from '../lib/counted.ts';
import { clusterSound } from './cluster-sound.ts';
import { doubted, failed, type Invariant, type Outcome } from './invariant.ts';
import { type Epochs, type Expected, type Fact, isChangedOnce } from './run-expectations.ts';

export type Verdict = Outcome;

export interface Thresholds {
  readonly maxOutageMs: number;
  readonly maxLost: number;
  /** How long two may say that they are the primary; undefined: it is measured and not judged. */
  readonly maxSplitBrainMs?: number | undefined;
}

/** What one run measured. `undefined`: could not be measured. */
export interface Findings {
  readonly expects: Expected;
  readonly ackedBeforeFault: number;
  readonly outageMs: number | null;
  readonly resolutionMs: number;
  readonly switches: number;
  readonly oldPrimary: string;
  /** With which every arbiter agrees and which every other instance follows. */
  readonly newPrimary: string | undefined;
  readonly epochs: Epochs | undefined;
  /** How long two said that they are the primary; null: nobody asked. */
  readonly twoMastersMs: number | null;
  /** To within how much that is known. */
  readonly twoMastersWithinMs: number | null;
  /** Why the primary did not change, in the arbiters' words; empty when it did. */
  readonly explanation: readonly string[];
  readonly facts: readonly Fact[];
  /** Undefined when the final read failed. */
  readonly contents:
    | {
        readonly lost: number;
        /** Of these, what the fault does not bring about by its nature. */
        readonly lostUnexplained: number;
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
    ...oneMaster(findings, thresholds),
    ...findings.facts.map(({ name, problem, isDoubt = false }) => (isDoubt ? doubted : failed)(name, problem ?? false)),
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
  const who = isChangedOnce(findings.expects) ? 'a new master' : 'the master';
  if (outageMs === null) {
    // Without an acknowledgement before the fault there is no outage to measure, which is a doubt and not a failure.
    if (ackedBeforeFault === 0) return { ...enoughWrites(findings), name };
    return failed(name, `no write was acknowledged by ${who}${who === 'the master' ? ' afterwards' : ''}`);
  }
  if (outageMs - resolutionMs > maxOutageMs) {
    const measured = `${Math.round(outageMs)} ms (± ${Math.ceil(resolutionMs)} ms)`;
    return failed(name, `${who} acknowledged no write for ${measured}; at most ${maxOutageMs} ms are allowed`);
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
  const { lost, lostUnexplained, phantom, duplicates, misclassified } = contents;
  const later = lostUnexplained < lost ? ' later than the fault explains' : '';
  const [losses, phantoms, doubles, refusals] = named;
  return [
    failed(
      losses,
      lostUnexplained > maxLost &&
        `${counted(lostUnexplained, 'acknowledged write was', 'acknowledged writes were')} lost${later}; at most ${maxLost} ${maxLost === 1 ? 'is' : 'are'} allowed`,
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

function oneMaster(
  { twoMastersMs, twoMastersWithinMs }: Findings,
  { maxSplitBrainMs }: Thresholds,
): readonly Invariant[] {
  if (maxSplitBrainMs === undefined) return [];
  const name = 'two masters within the limit';
  if (twoMastersMs === null || twoMastersWithinMs === null)
    return [doubted(name, 'nobody asked the servers who is the master')];
  const tooLong = `two servers said for ${Math.round(twoMastersMs)} ms that they are the master; at most ${maxSplitBrainMs} ms are allowed`;
  if (twoMastersMs > maxSplitBrainMs) return [failed(name, tooLong)];
  const close = `two servers said for ${Math.round(twoMastersMs)} ms (± ${twoMastersWithinMs} ms) that they are the master, and the ${maxSplitBrainMs} ms that are allowed lie within that`;
  return [doubted(name, twoMastersMs + twoMastersWithinMs > maxSplitBrainMs && close)];
}

/** The worst of several: `fail`, then `inconclusive`, then `pass`. No run at all is inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
