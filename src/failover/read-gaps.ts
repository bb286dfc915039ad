import type { RoleSample } from '../stack/contract/failover.ts';

/** A time in which no instance (or no replica) answered a read. On the run's clock. */
export interface ReadGap {
  readonly by: 'any' | 'replica';
  readonly from: number;
  readonly to: number;
}

/** What was found out about reads. */
export interface Reads {
  /** How exactly a gap is known, so that a shorter one says nothing. */
  readonly withinMs: number;
  readonly gaps: readonly ReadGap[];
  /** Who answered at all: without that there is no gap either. */
  readonly answered: readonly ReadGap['by'][];
}

export interface ReadCollector {
  /** @param at the end of what is looked at. @param lateMs how late a question may have been at most, because this process was busy. */
  readsUntil(at: number, lateMs: number): Reads;
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
    readsUntil: (at, lateMs) => ({
      withinMs: withinMs + lateMs,
      gaps: [...gaps, ...gapUntil('any', at), ...gapUntil('replica', at)],
      answered: [...last.keys()],
    }),
    add: ({ at, isPrimary, answersReads }) => {
      if (answersReads !== true) return;
      answered('any', at);
      if (!isPrimary) answered('replica', at);
    },
  };
}
