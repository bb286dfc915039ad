import type { WorkloadStats, WriteRecord } from '../../stack/contract/failover.ts';
import type { FinalRead } from '../../stack/contract/final-read.ts';

/** Messages are kept nowhere: what a subscriber heard takes the place of what is read in the end. */
export function heardRead({ heard = [] }: WorkloadStats): FinalRead {
  return { node: 'the subscriber', values: heard.map(({ value }) => value), heardAt: heard.map(({ at }) => at) };
}

/** The messages as their subscriber sees them: acknowledged is what has arrived, when it first did. */
export function asHeard(history: readonly WriteRecord[], read: FinalRead | undefined): readonly WriteRecord[] {
  const first = new Map<number, number>();
  read?.values.forEach((value, index) => {
    const at = read.heardAt?.[index];
    if (at !== undefined && !first.has(value)) first.set(value, at);
  });
  return history.map((record) => {
    const at = first.get(record.value);
    if (at !== undefined) return { ...record, outcome: 'acked', completed: at };
    return record.outcome === 'acked' ? { ...record, outcome: 'unknown' } : record;
  });
}

/**
 * How many of the lost messages nothing explains. Pub/sub keeps nothing: what is sent while nobody is subscribed is gone. So a
 * fault explains what the server gave to nobody, and what was sent before the subscriber heard something again.
 * @param since when the fault may have begun, on the run's clock.
 */
export function unheardUnexplained(
  lost: readonly number[],
  history: readonly WriteRecord[],
  heard: readonly WriteRecord[],
  since: number,
): number {
  const values = new Set(lost);
  const arrivals = heard.filter(({ outcome }) => outcome === 'acked').map(({ completed }) => completed);
  arrivals.sort((a, b) => a - b);
  const last = history.reduce((latest, { completed }) => Math.max(latest, completed), since);
  const again = endOfSilence(arrivals, since, last);
  const isExplained = ({ completed, answer }: WriteRecord): boolean =>
    completed >= since && (answer === 0 || completed <= again);
  return history.filter((record) => values.has(record.value) && !isExplained(record)).length;
}

/** When the longest time without an arrival since then was over; infinite when it was not when the last message left. */
function endOfSilence(arrivals: readonly number[], since: number, last: number): number {
  let silence = { end: since, width: 0 };
  let before = arrivals.findLast((at) => at <= since) ?? since;
  for (const at of arrivals.filter((one) => one > since)) {
    if (at - before > silence.width) silence = { end: at, width: at - before };
    before = at;
  }
  return last - before > silence.width ? Number.POSITIVE_INFINITY : silence.end;
}
