/** What has to hold of the writes of one writer: stackctl's own, or an application's client. */
import { counted } from '../lib/counted.ts';
import type { ReplicaRead } from '../stack/contract/final-read.ts';
import { doubted, failed, type Invariant } from './invariant.ts';
import type { Thresholds } from './thresholds.ts';

/** `undefined`: could not be measured. */
export interface WriterFindings {
  readonly ackedBeforeFault: number;
  readonly outageMs: number | null;
  readonly resolutionMs: number;
  /** Undefined when the final read failed. */
  readonly contents:
    | {
        readonly lost: number;
        /** Of these, what the fault does not bring about by its nature. */
        readonly lostUnexplained: number;
        readonly phantom: number;
        /** Null: what is written does not show them. */
        readonly duplicates: number | null;
        readonly misclassified: number;
      }
    | undefined;
  /** Undefined: nobody looked. */
  readonly replicas: readonly ReplicaRead[] | undefined;
}

/** How an outage is told. */
export interface OutageWords {
  /** Goes on with `for 6000 ms`. */
  readonly silent: string;
  /** It has no end. */
  readonly notOver: string;
  /** One value is all that there is: how many are missing says nothing. */
  readonly isOneValue?: boolean;
  /** The writer itself has ended, so nobody knows whether it would have had one. */
  readonly isCutShort?: boolean;
}

/** Fewer acknowledged writes than this before the fault say nothing about the writes after it. */
export const MIN_ACKED = 100;

export function writesSound(
  findings: WriterFindings,
  thresholds: Thresholds,
  words: OutageWords,
): readonly Invariant[] {
  return [
    enoughWrites(findings),
    outageWithin(findings, thresholds, words),
    ...contentsSound(findings, thresholds),
    ...replicasSame(findings, words),
  ];
}

function enoughWrites({ ackedBeforeFault }: WriterFindings): Invariant {
  return doubted(
    'enough writes before the fault',
    ackedBeforeFault < MIN_ACKED &&
      `only ${counted(ackedBeforeFault, 'write was', 'writes were')} acknowledged before the fault; at least ${MIN_ACKED} are needed`,
  );
}

function outageWithin(
  findings: WriterFindings,
  { maxOutageMs }: Thresholds,
  { silent, notOver, isCutShort = false }: OutageWords,
): Invariant {
  const name = 'outage within the limit';
  const { outageMs, resolutionMs, ackedBeforeFault } = findings;
  if (outageMs === null) {
    // Without an acknowledgement before the fault there is no outage to measure, which is a doubt and not a failure.
    if (ackedBeforeFault === 0) return { ...enoughWrites(findings), name };
    return (isCutShort ? doubted : failed)(name, notOver);
  }
  if (outageMs - resolutionMs > maxOutageMs) {
    const measured = `${Math.round(outageMs)} ms (± ${Math.ceil(resolutionMs)} ms)`;
    return failed(name, `${silent} for ${measured}; at most ${maxOutageMs} ms are allowed`);
  }
  return doubted(
    name,
    outageMs + resolutionMs > maxOutageMs &&
      `the outage of ${Math.round(outageMs)} ms was measured to within ${Math.ceil(resolutionMs)} ms, and the ${maxOutageMs} ms that are allowed lie within that`,
  );
}

function contentsSound({ contents }: WriterFindings, { maxLost }: Thresholds): readonly Invariant[] {
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
    ...(duplicates === null
      ? []
      : [failed(doubles, duplicates > 0 && `${counted(duplicates, 'value is', 'values are')} stored more than once`)]),
    failed(
      refusals,
      misclassified > 0 &&
        `${counted(misclassified, 'write was refused and is', 'writes were refused and are')} stored nevertheless`,
    ),
  ];
}

/** Asynchronous replication may be late; when nothing is written any more it has to arrive. */
function replicasSame({ replicas = [] }: WriterFindings, { isOneValue = false }: OutageWords): readonly Invariant[] {
  if (replicas.length === 0) return [];
  const name = 'replicas hold the same';
  const differing = replicas.filter(({ missing, extra }) => missing + extra > 0);
  const unread = replicas.filter(({ problem }) => problem !== undefined);
  const told = differing.map(({ node, missing, extra }) =>
    isOneValue ? node : `${node} lacks ${missing} and has ${extra} that only it has`,
  );
  if (told.length > 0) return [failed(name, `replicas hold something else than the master: ${told.join('; ')}`)];
  return [
    doubted(
      name,
      unread.length > 0 && unread.map(({ node, problem }) => `${node} could not be read: ${problem}`).join('; '),
    ),
  ];
}
