import { clusterSound } from './cluster-sound.ts';
import { doubted, failed, type Invariant, type Outcome } from './invariant.ts';
import type { Promotion } from './promotions.ts';
import { type Epochs, type Expected, type Fact, isChangedOnce } from './run-expectations.ts';
import type { Thresholds } from './thresholds.ts';
import { type WriterFindings, writesSound } from './writes-sound.ts';

export type Verdict = Outcome;

/** What one run measured. `undefined`: could not be measured. */
export interface Findings extends WriterFindings {
  readonly expects: Expected;
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
  /** Undefined: nobody asked. */
  readonly promotions: readonly Promotion[] | undefined;
  /** What has to hold of each application's client. */
  readonly ofClients: readonly Invariant[];
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Empty for `pass`. Failures first. */
  readonly reasons: readonly string[];
  readonly invariants: readonly Invariant[];
}

/**
 * `fail` needs evidence that stands by itself: a lost write is lost, however coarse the clock was, and an outage is too long
 * when even its resolution taken off leaves it so. Without such evidence a run that measured too little is
 * `inconclusive`, never `pass`: a bound that lies within the resolution decides nothing.
 */
export function judge(findings: Findings, thresholds: Thresholds): Judgement {
  const who = isChangedOnce(findings.expects) ? 'a new master' : 'the master';
  const invariants = [
    ...writesSound(findings, thresholds, {
      silent: `${who} acknowledged no write`,
      notOver: `no write was acknowledged by ${who}${who === 'the master' ? ' afterwards' : ''}`,
    }),
    ...clusterSound(findings),
    ...oneMaster(findings, thresholds),
    ...rightReplica(findings, thresholds),
    ...findings.facts.map(({ name, problem, isDoubt = false }) => (isDoubt ? doubted : failed)(name, problem ?? false)),
    ...findings.ofClients,
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

/**
 * A replica that lacks what another one has is no harm where nothing was lost by it: the stream has more in it than writes, and
 * what the fault explains would have been lost anyway.
 */
function rightReplica({ promotions = [], contents }: Findings, { maxLost }: Thresholds): readonly Invariant[] {
  if (promotions.length === 0 || contents === undefined) return [];
  const said = promotions.flatMap(({ node, behind }) =>
    behind === undefined
      ? []
      : [`${node} was promoted although ${behind.node} had ${behind.bytes} bytes more of what the master had written`],
  );
  return [
    failed(
      'no loss by the choice of the replica',
      contents.lostUnexplained > maxLost && said.length > 0 && said.join('; '),
    ),
  ];
}

/** The worst of several: `fail`, then `inconclusive`, then `pass`. No run at all is inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
