import type { WorkloadStats, WriteRecord } from '../../stack/contract/failover.ts';
import type { Away, FinalRead } from '../../stack/contract/final-read.ts';
import { ON_THE_WAY_MS } from '../fault-moment.ts';

/** Messages are kept nowhere: what a subscriber heard takes the place of what is read in the end. */
export function heardRead({ heard = { messages: [], away: [] } }: WorkloadStats): FinalRead {
  const { messages, away } = heard;
  const [values, heardAt] = [messages.map(({ value }) => value), messages.map(({ at }) => at)];
  return { node: 'the subscriber', values, heardAt, away };
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
 * fault explains what the server gave to nobody, and what was sent while the subscriber was on its way from one server to another.
 * @param since when the fault may have begun, on the run's clock.
 */
export function unheardUnexplained(
  lost: readonly number[],
  history: readonly WriteRecord[],
  away: readonly Away[],
  since: number,
): number {
  const values = new Set(lost);
  const isAway = ({ invoked, completed }: WriteRecord): boolean =>
    away.some(({ from, to }) => completed >= from - ON_THE_WAY_MS && invoked <= to);
  const isExplained = (record: WriteRecord): boolean =>
    record.completed >= since - ON_THE_WAY_MS && (record.answer === 0 || isAway(record));
  return history.filter((record) => values.has(record.value) && !isExplained(record)).length;
}
