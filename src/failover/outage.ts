import type { WriteRecord } from '../stack/contract/failover.ts';
import type { FaultMoment } from './fault-moment.ts';

export interface Outage {
  /** Writes acknowledged before the fault. */
  readonly ackedBeforeFault: number;
  /**
   * Where the primary has to change once: from the last write acknowledged before the fault to the first one acknowledged by a
   * new primary. Writes that a deposed primary went on acknowledging do not shorten it. Otherwise the longest time without an
   * acknowledgement since the fault, from whomever. Null when one of its ends is missing.
   */
  readonly outageMs: number | null;
  /** How much of `outageMs` may be the instrument's own: see `resolution`. */
  readonly resolutionMs: number;
  /** The longest time without any acknowledgement, from any instance, between the first and the last one of the run. */
  readonly longestGapMs: number;
}

export interface OutageInput {
  readonly history: readonly WriteRecord[];
  readonly fault: FaultMoment;
  readonly oldPrimary: string;
  readonly isChangedOnce: boolean;
  /** From here on writes should have been possible again: the outage does not begin before. */
  readonly recoversFrom?: number | undefined;
  /** The schedule's, in milliseconds. */
  readonly intervalMs: number;
  /** How often the writer asks for the primary while it has none, in milliseconds. */
  readonly discoveryMs: number;
}

export function outage(input: OutageInput): Outage {
  const { history, fault, recoversFrom = 0 } = input;
  const acks = history.filter(({ outcome }) => outcome === 'acked').sort((a, b) => a.completed - b.completed);
  const { last, first } = input.isChangedOnce ? untilNewPrimary(acks, input) : widestGap(acks, input);
  const isOver = last !== undefined && first !== undefined;
  return {
    ackedBeforeFault: acks.filter(({ completed }) => completed <= fault.calledAt).length,
    outageMs: isOver ? Math.max(0, first.completed - Math.max(last.completed, recoversFrom)) : null,
    resolutionMs: resolution(input, last, first),
    longestGapMs: longestGap(acks),
  };
}

/** The two acknowledgements between which there was none. */
interface Ends {
  readonly last: WriteRecord | undefined;
  readonly first: WriteRecord | undefined;
}

function untilNewPrimary(acks: readonly WriteRecord[], { fault, oldPrimary, recoversFrom }: OutageInput): Ends {
  const from = recoversFrom ?? fault.calledAt;
  return {
    last: acks.findLast(({ completed }) => completed <= fault.at),
    first: acks.find(({ completed, node }) => completed > from && node !== oldPrimary),
  };
}

/** A run that ends in a gap has no end of it: then there is no figure. */
function widestGap(acks: readonly WriteRecord[], { fault, recoversFrom, history }: OutageInput): Ends {
  const from = recoversFrom ?? fault.at;
  const later = acks.filter(({ completed }) => completed > from);
  const ends = later.map((first, index) => ({ last: later[index - 1] ?? lastBefore(acks, from), first }));
  const isAckedAtEnd = history.every(({ invoked }) => invoked <= (later.at(-1)?.completed ?? 0) + SILENCE_MS);
  if (!isAckedAtEnd) return { last: later.at(-1) ?? lastBefore(acks, from), first: undefined };
  const widthOf = ({ last, first }: (typeof ends)[number]) =>
    first.completed - Math.max(last?.completed ?? first.completed, recoversFrom ?? 0);
  return ends.reduce<Ends & { readonly width: number }>(
    (widest, gap) => (widthOf(gap) > widest.width ? { ...gap, width: widthOf(gap) } : widest),
    { last: undefined, first: undefined, width: -1 },
  );
}

/** A writer that has had no acknowledgement for so long at its end was in an outage then. */
const SILENCE_MS = 1000;

function lastBefore(acks: readonly WriteRecord[], from: number): WriteRecord | undefined {
  return acks.findLast(({ completed }) => completed <= from);
}

/**
 * The schedule as it really ran at the two ends of the outage, plus the writer's way to the new primary. The fault may have
 * come right before the next write was due; the new primary may have been ready right after the previous attempt, and its
 * address known right after the previous poll. A machine that is busy at either end shows here: also when the writer kept its
 * schedule, and who was asked for the primary, or the primary itself, took long to answer.
 */
function resolution(
  { history, intervalMs, discoveryMs }: OutageInput,
  last: WriteRecord | undefined,
  first: WriteRecord | undefined,
): number {
  const invoked = new Map(history.map((record) => [record.value, record.invoked]));
  const spacing = (earlier: number | undefined, later: number | undefined) => {
    const from = earlier === undefined ? undefined : invoked.get(earlier);
    const to = later === undefined ? undefined : invoked.get(later);
    return from === undefined || to === undefined ? intervalMs : Math.max(intervalMs, to - from);
  };
  const start = spacing(last?.value, last === undefined ? undefined : last.value + 1);
  const end = spacing(first === undefined ? undefined : first.value - 1, first?.value);
  const way = first?.noneAt === undefined ? 0 : first.completed - first.noneAt;
  return start + Math.max(end + discoveryMs, way);
}

function longestGap(acks: readonly WriteRecord[]): number {
  return acks.reduce((longest, { completed }, index) => {
    const previous = acks[index - 1];
    return previous === undefined ? longest : Math.max(longest, completed - previous.completed);
  }, 0);
}
