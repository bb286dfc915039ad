/** What became of every event that was sent, two bits for each. Knows nothing of time or of stores. */
import type { SendOutcome } from '../stack/contract/traffic.ts';
import { createRefusals, type Refusal } from './refusals.ts';

export type Fate = SendOutcome['type'];

export interface Counts {
  /** acked + rejected + unknown. */
  readonly asked: number;
  readonly acked: number;
  readonly rejected: number;
  readonly unknown: number;
}

export interface LedgerView {
  readonly counts: Counts;
  /** Every sequence that has an outcome is below it. */
  readonly end: number;
  /** Undefined: it was never sent. */
  fateOf(sequence: number): Fate | undefined;
  /** Whether each event from one on to another, which is not included, is acked. */
  areAcked(from: number, until: number): boolean;
  /** Why events were not acknowledged, most frequent first. */
  refusals(): readonly Refusal[];
}

export interface Ledger extends LedgerView {
  /** @throws for an event that has an outcome already: every event is sent once. */
  record(sequence: number, outcome: SendOutcome): void;
}

const FATES: readonly Fate[] = ['acked', 'rejected', 'unknown'];
/** Events of a part of the memory, which grows with the run: nobody knows how long it will be. */
const PART_EVENTS = 2 ** 18;
const PER_BYTE = 4;
/** A byte of acked ones. */
const ALL_ACKED = 0b01010101;

export function createLedger(): Ledger {
  // Two bits for each event. 0: not sent; otherwise the place in FATES plus 1.
  const parts: Uint8Array[] = [];
  const counts = { asked: 0, acked: 0, rejected: 0, unknown: 0 };
  let end = 0;
  const refusals = createRefusals();

  const codeOf = (sequence: number): number => {
    const part = parts[Math.floor(sequence / PART_EVENTS)];
    const within = sequence % PART_EVENTS;
    return ((part?.[within >> 2] ?? 0) >> (2 * (within % PER_BYTE))) & 3;
  };

  return {
    get counts() {
      return { ...counts };
    },
    get end() {
      return end;
    },
    fateOf: (sequence) => FATES[codeOf(sequence) - 1],
    areAcked: (from, until) => {
      for (let sequence = from; sequence < until; ) {
        const isByte = sequence % PER_BYTE === 0 && sequence + PER_BYTE <= until;
        const byte = isByte && parts[Math.floor(sequence / PART_EVENTS)]?.[(sequence % PART_EVENTS) >> 2];
        if (isByte ? byte !== ALL_ACKED : codeOf(sequence) !== 1) return false;
        sequence += isByte ? PER_BYTE : 1;
      }
      return true;
    },
    refusals: () => refusals.all(),
    record: (sequence, outcome) => {
      if (codeOf(sequence) !== 0) throw new Error(`event ${sequence} has an outcome already`);
      const index = Math.floor(sequence / PART_EVENTS);
      while (parts.length <= index) parts.push(new Uint8Array(PART_EVENTS / PER_BYTE));
      const part = parts[index] as Uint8Array;
      const within = sequence % PART_EVENTS;
      part[within >> 2] = (part[within >> 2] ?? 0) | ((FATES.indexOf(outcome.type) + 1) << (2 * (within % PER_BYTE)));
      end = Math.max(end, sequence + 1);
      counts.asked += 1;
      counts[outcome.type] += 1;
      if (outcome.type !== 'acked') refusals.add({ outcome: outcome.type, reason: outcome.reason, count: 1 });
    },
  };
}

/** Of some ledgers together. */
export function countsOf(ledgers: readonly Pick<LedgerView, 'counts'>[]): Counts {
  const all = { asked: 0, acked: 0, rejected: 0, unknown: 0 };
  for (const { counts } of ledgers) for (const key of COUNTS) all[key] += counts[key];
  return all;
}

const COUNTS = ['asked', 'acked', 'rejected', 'unknown'] as const;
