/** What became of every event that was sent. Knows nothing of time or of stores. */
import type { SendOutcome } from '../stack/contract/traffic.ts';

export type Fate = SendOutcome['type'];

export interface Counts {
  /** acked + rejected + unknown. */
  readonly asked: number;
  readonly acked: number;
  readonly rejected: number;
  readonly unknown: number;
}

/** Why events were not acknowledged, most frequent first. */
export interface Refusal {
  readonly outcome: 'rejected' | 'unknown';
  readonly reason: string;
  readonly count: number;
}

export interface LedgerView {
  readonly counts: Counts;
  /** Undefined: it was never sent. */
  fateOf(sequence: number): Fate | undefined;
  refusals(): readonly Refusal[];
}

export interface Ledger extends LedgerView {
  /** @throws for an event that has an outcome already: every event is sent once. */
  record(sequence: number, outcome: SendOutcome): void;
}

const FATES: readonly Fate[] = ['acked', 'rejected', 'unknown'];
/** Reasons that are counted one by one; a server that puts a number into every message must not fill the memory. */
const MAX_REASONS = 100;
const OTHER = 'other reasons';

/** @param capacity number of events of the run. */
export function createLedger(capacity: number): Ledger {
  // 0: not sent; otherwise the place in FATES plus 1.
  const fates = new Uint8Array(capacity);
  const counts = { asked: 0, acked: 0, rejected: 0, unknown: 0 };
  const reasons = new Map<string, Refusal>();

  const noteReason = (outcome: Refusal['outcome'], text: string): void => {
    const isNew = !reasons.has(`${outcome} ${text}`);
    const reason = isNew && reasons.size >= MAX_REASONS ? OTHER : text;
    const key = `${outcome} ${reason}`;
    reasons.set(key, { outcome, reason, count: (reasons.get(key)?.count ?? 0) + 1 });
  };

  return {
    get counts() {
      return { ...counts };
    },
    fateOf: (sequence) => FATES[(fates[sequence] ?? 0) - 1],
    refusals: () => [...reasons.values()].sort((a, b) => b.count - a.count),
    record: (sequence, outcome) => {
      if (fates[sequence] !== 0) throw new Error(`event ${sequence} has an outcome already, or is none of this run`);
      fates[sequence] = FATES.indexOf(outcome.type) + 1;
      counts.asked += 1;
      counts[outcome.type] += 1;
      if (outcome.type !== 'acked') noteReason(outcome.type, outcome.reason);
    },
  };
}
