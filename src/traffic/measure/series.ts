/** A run second by second, in bounded memory: when it gets long, two intervals become one. Times are given, none is read. */
import { createTimes, type Times } from './histogram.ts';

export interface Interval {
  readonly startMs: number;
  readonly lengthMs: number;
  /** Events by the instant at which they were due, of all that were sent; 0 in a closed loop, where none has one. */
  readonly due: number;
  /** Events by the instant at which they were sent, and by the instant at which their outcome was known. */
  readonly sent: number;
  readonly acked: number;
  readonly rejected: number;
  readonly unknown: number;
  /** Of those that were acknowledged, answers that said that they came from a cache, and that they did not. */
  readonly hits: number;
  readonly misses: number;
  /** Response times of what was acknowledged in it. */
  readonly times: Times;
}

type Counted = (typeof COUNTED)[number];

const COUNTED = ['due', 'sent', 'acked', 'rejected', 'unknown', 'hits', 'misses'] as const;

export interface Series {
  /** Of the interval in which this instant lies. */
  add(atMs: number, what: Counted, events: number): void;
  responded(atMs: number, responseMs: number, events: number): void;
  intervals(): readonly Interval[];
}

const FIRST_LENGTH_MS = 1000;
const MOST = 240;

type Slot = Record<Counted, number> & { times: Times };

export function createSeries(): Series {
  let lengthMs = FIRST_LENGTH_MS;
  let slots: Slot[] = [];
  const slotAt = (atMs: number): Slot => {
    while (Math.floor(atMs / lengthMs) >= MOST) {
      slots = merged(slots);
      lengthMs *= 2;
    }
    const index = Math.max(0, Math.floor(atMs / lengthMs));
    while (slots.length <= index) slots.push(emptySlot());
    return slots[index] as Slot;
  };
  return {
    add: (atMs, what, events) => {
      slotAt(atMs)[what] += events;
    },
    responded: (atMs, responseMs, events) => slotAt(atMs).times.add(responseMs, events),
    intervals: () => slots.map((slot, index) => ({ ...slot, startMs: index * lengthMs, lengthMs })),
  };
}

function merged(slots: readonly Slot[]): Slot[] {
  const found: Slot[] = [];
  for (let index = 0; index < slots.length; index += 2) {
    const [one = emptySlot(), other] = [slots[index], slots[index + 1]];
    if (other !== undefined) {
      for (const what of COUNTED) one[what] += other[what];
      one.times.addAll(other.times);
    }
    found.push(one);
  }
  return found;
}

function emptySlot(): Slot {
  return { due: 0, sent: 0, acked: 0, rejected: 0, unknown: 0, hits: 0, misses: 0, times: createTimes() };
}
