import type { WriteRecord } from '../stack/contract/failover.ts';
import type { FaultMoment } from './fault-moment.ts';

export interface Outage {
  /** Writes acknowledged before the fault. */
  readonly ackedBeforeFault: number;
  /**
   * From the last write acknowledged before the fault to the first one acknowledged by a new primary. Null when one of
   * the two is missing. Writes that a deposed primary went on acknowledging do not shorten it.
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
  /** The schedule's, in milliseconds. */
  readonly intervalMs: number;
  /** How often the writer asks for the primary while it has none, in milliseconds. */
  readonly discoveryMs: number;
}

export function outage(input: OutageInput): Outage {
  const { history, fault, oldPrimary } = input;
  const acks = history.filter(({ outcome }) => outcome === 'acked').sort((a, b) => a.completed - b.completed);
  const before = acks.filter(({ completed }) => completed <= fault.at);
  const last = before.at(-1);
  const first = acks.find(({ completed, node }) => completed > fault.calledAt && node !== oldPrimary);
  return {
    ackedBeforeFault: acks.filter(({ completed }) => completed <= fault.calledAt).length,
    outageMs: last === undefined || first === undefined ? null : first.completed - last.completed,
    resolutionMs: resolution(input, last, first),
    longestGapMs: longestGap(acks),
  };
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
