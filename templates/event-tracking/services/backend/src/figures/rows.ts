import { BIN_SIZE, Bin, isBelow, PER_MS } from './bin.ts';

/**
 * The latencies of one tenant, by their times. Of a window they give the count, the mean and any percentile without a look at each event:
 * bins in the order of latencies say how many of theirs are in the window, and only the one with the value that is asked for is sorted.
 */
export class Rows {
  private bins: Bin[] = [new Bin({ latency: Number.NEGATIVE_INFINITY, time: Number.NEGATIVE_INFINITY })];

  get size(): number {
    return this.bins.reduce((sum, { size }) => sum + size, 0);
  }

  /** @param time milliseconds since 1970. @param latency milliseconds. */
  add(time: number, latency: number): void {
    const at = this.binOf(time, latency);
    const bin = this.bins[at];
    bin?.add(time, latency);
    // One that cannot be split is tried again when it has doubled.
    if (bin === undefined || bin.size < BIN_SIZE || (bin.size & (bin.size - 1)) !== 0) return;
    const upper = bin.split();
    if (upper !== undefined) this.bins.splice(at + 1, 0, upper);
  }

  /** Takes one such event out, where there is one. */
  remove(time: number, latency: number): void {
    const at = this.binOf(time, latency);
    const bin = this.bins[at];
    bin?.remove(time, latency);
    // The first one is where every event finds its place.
    if (at > 0 && bin?.size === 0) this.bins.splice(at, 1);
  }

  get isEmpty(): boolean {
    return this.bins.length === 1 && this.bins[0]?.size === 0;
  }

  /** Takes out what is older than an instant (milliseconds since 1970). */
  forget(before: number): void {
    for (const bin of this.bins) bin.forget(before);
    const [first, ...others] = this.bins;
    this.bins = [...(first === undefined ? [] : [first]), ...others.filter(({ size }) => size > 0)];
  }

  /** How many events are at or after an instant (milliseconds since 1970). */
  count(from: number): number {
    let count = 0;
    for (const bin of this.bins) count += bin.count(from);
    return count;
  }

  /** Their mean latency in milliseconds; there has to be one. */
  mean(from: number): number {
    let sum = 0;
    for (const bin of this.bins) sum += bin.sum(from);
    return sum / PER_MS / this.count(from);
  }

  /**
   * The smallest latency that at least `percent` of theirs do not exceed (nearest rank), in milliseconds: always one that was measured.
   * @throws RangeError when there is none.
   */
  percentile(percent: number, from: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.count(from)));
    let below = 0;
    for (const bin of this.bins) {
      const count = bin.count(from);
      if (below + count >= rank) return bin.sorted(from)[rank - below - 1] ?? 0;
      below += count;
    }
    throw new RangeError(`no percentile ${percent} of ${below} values`);
  }

  /** The last bin that begins at the event or before it. */
  private binOf(time: number, latency: number): number {
    let [low, high] = [0, this.bins.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const bin = this.bins[middle];
      if (bin !== undefined && isBelow(latency, time, bin.from)) high = middle - 1;
      else low = middle;
    }
    return low;
  }
}
