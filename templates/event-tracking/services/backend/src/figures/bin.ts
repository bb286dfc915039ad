/** So many events are in one bin before it is split: few enough that one more is put in its place by moving the others. */
export const BIN_SIZE = 512;
const SMALLEST = 8;
/** Sums are whole numbers of millionths of a millisecond, so that they are the same in whatever order the events came. */
export const PER_MS = 1_000_000;

/** Where a bin begins: events are in the order of their latency, and equal ones in that of their time. */
export interface Bound {
  /** Milliseconds. */
  readonly latency: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Events of one tenant whose latencies lie beside each other, in the order of their times: how many are from an instant on needs no look at them. */
export class Bin {
  size = 0;
  private times = new Float64Array(SMALLEST);
  private latencies = new Float64Array(SMALLEST);
  /** Of all events up to each one, in millionths of a millisecond; up to `summed` of them, the others when somebody asks. */
  private sums = new Float64Array(SMALLEST);
  private summed = 0;

  constructor(readonly from: Bound) {}

  /** @param time milliseconds since 1970. @param latency milliseconds. */
  add(time: number, latency: number): void {
    if (this.size === this.times.length) this.grow();
    const at = this.times[this.size - 1] ?? Number.NEGATIVE_INFINITY;
    const place = at <= time ? this.size : this.firstAt(time, true);
    this.times.copyWithin(place + 1, place, this.size);
    this.latencies.copyWithin(place + 1, place, this.size);
    this.times[place] = time;
    this.latencies[place] = latency;
    this.size += 1;
    this.summed = Math.min(this.summed, place);
  }

  /** Takes one such event out. @returns whether there was one. */
  remove(time: number, latency: number): boolean {
    let place = this.firstAt(time);
    while (place < this.size && this.times[place] === time && this.latencies[place] !== latency) place += 1;
    if (place >= this.size || this.times[place] !== time) return false;
    this.cut(place, place + 1);
    return true;
  }

  /** Takes out what is older than an instant (milliseconds since 1970). */
  forget(before: number): void {
    this.cut(0, this.firstAt(before));
  }

  /** How many events are at or after an instant (milliseconds since 1970). */
  count(from: number): number {
    return this.size - this.firstAt(from);
  }

  /** Their latencies together, in millionths of a millisecond. */
  sum(from: number): number {
    let sum = this.sums[this.summed - 1] ?? 0;
    for (; this.summed < this.size; this.summed += 1) {
      sum += Math.round((this.latencies[this.summed] ?? 0) * PER_MS);
      this.sums[this.summed] = sum;
    }
    return (this.sums[this.size - 1] ?? 0) - (this.sums[this.firstAt(from) - 1] ?? 0);
  }

  /** Their latencies, ascending, in milliseconds. */
  sorted(from: number): Float64Array {
    return this.latencies.slice(this.firstAt(from), this.size).sort();
  }

  /** Moves the upper half to a bin of its own. Undefined where all are of one latency and one instant. */
  split(): Bin | undefined {
    const bound = this.middle();
    if (bound === undefined) return undefined;
    const upper = new Bin(bound);
    const { size, times, latencies } = this;
    this.size = 0;
    this.summed = 0;
    for (let at = 0; at < size; at += 1) {
      const [time, latency] = [times[at] ?? 0, latencies[at] ?? 0];
      // What stays is never behind what is read.
      (isBelow(latency, time, bound) ? this : upper).add(time, latency);
    }
    return upper;
  }

  /** Where to split: not at the first event in the order of bins. */
  private middle(): Bound | undefined {
    const sorted = this.latencies.slice(0, this.size).sort();
    const [lowest = 0, half = 0] = [sorted[0], sorted[this.size >> 1]];
    const latency = half > lowest ? half : sorted.find((one) => one > lowest);
    if (latency !== undefined) return { latency, time: Number.NEGATIVE_INFINITY };
    // All are of one latency: by time, in whose order they are.
    const [first = 0, middle = 0] = [this.times[0], this.times[this.size >> 1]];
    const time = middle > first ? middle : this.times.subarray(0, this.size).find((one) => one > first);
    return time === undefined ? undefined : { latency: lowest, time };
  }

  /** The place of the first event at an instant or after it, or, of the first one behind it. */
  private firstAt(time: number, behind = false): number {
    const { times } = this;
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = times[middle] ?? 0;
      if (found < time || (behind && found === time)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private cut(from: number, to: number): void {
    if (from === to) return;
    this.times.copyWithin(from, to, this.size);
    this.latencies.copyWithin(from, to, this.size);
    this.size -= to - from;
    this.summed = Math.min(this.summed, from);
  }

  private grow(): void {
    const wider = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const wide = new Float64Array(old.length * 2);
      wide.set(old);
      return wide;
    };
    this.times = wider(this.times);
    this.latencies = wider(this.latencies);
    this.sums = wider(this.sums);
  }
}

/** Whether an event comes before a bound. @param latency milliseconds. @param time milliseconds since 1970. */
export function isBelow(latency: number, time: number, bound: Bound): boolean {
  return latency < bound.latency || (latency === bound.latency && time < bound.time);
}
