import type { RoleSample } from '../stack/contract/failover.ts';

/** A time in which no instance (or no replica) answered a read. On the run's clock. */
export interface ReadGap {
  readonly by: 'any' | 'replica';
  readonly from: number;
  readonly to: number;
}

/** What was found out about reads: how long a gap is at least that shows, which is also how exactly one is known. */
export interface Reads {
  readonly withinMs: number;
  readonly gaps: readonly ReadGap[];
}

export interface ReadCollector {
  /** @param at the end of what is looked at. */
  readsUntil(at: number): Reads;
  add(sample: RoleSample): void;
}

/** @param withinMs times without an answer that are not longer are those between two questions. */
export function collectReads(withinMs: number): ReadCollector {
  const gaps: ReadGap[] = [];
  const last = new Map<ReadGap['by'], number>();
  const gapUntil = (by: ReadGap['by'], at: number): readonly ReadGap[] => {
    const from = last.get(by);
    return from !== undefined && at - from > withinMs ? [{ by, from, to: at }] : [];
  };
  const answered = (by: ReadGap['by'], at: number): void => {
    gaps.push(...gapUntil(by, at));
    last.set(by, at);
  };
  return {
    readsUntil: (at) => ({ withinMs, gaps: [...gaps, ...gapUntil('any', at), ...gapUntil('replica', at)] }),
    add: ({ at, isPrimary, answersReads }) => {
      if (answersReads !== true) return;
      answered('any', at);
      if (!isPrimary) answered('replica', at);
    },
  };
}
