/** Figures over repeated runs. Pure: exact, without a normal approximation, because runs are few. */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Of every interval here, on both sides together. */
export const CONFIDENCE = 0.95;
/** Halvings of [0, 1]: to the last bit of a double. */
const HALVINGS = 60;

/** By nearest rank: a value that was measured. @param share in (0, 1]. @throws RangeError without values. */
export function percentile(values: readonly number[], share: number): number {
  return rank(values, Math.ceil(share * values.length));
}

/** Of an even number of values the mean of the two in the middle. @throws RangeError without values. */
export function median(values: readonly number[]): number {
  const { length } = values;
  return (rank(values, Math.ceil(length / 2)) + rank(values, Math.floor(length / 2) + 1)) / 2;
}

/**
 * Where the median of all runs that there could be lies, with at least 95 % confidence, whatever their distribution is: the
 * narrowest pair of measured values with as many beyond it on either side. The number of values below the true
 * median is binomial with p = 1/2 (David and Nagaraja, Order Statistics, 7.1).
 * @returns undefined for fewer than six values, of which the least and the most do not reach 95 %.
 */
export function medianInterval(values: readonly number[]): Interval | undefined {
  const { length } = values;
  const isEnough = (beyond: number): boolean => 1 - 2 * atMost(beyond - 1, length, 0.5) >= CONFIDENCE;
  let beyond = 1;
  if (length === 0 || !isEnough(beyond)) return undefined;
  while (beyond + 1 <= length / 2 && isEnough(beyond + 1)) beyond += 1;
  return { low: rank(values, beyond), high: rank(values, length + 1 - beyond) };
}

/**
 * Where the share of all runs lies of which `count` of `total` were seen, with at least 95 % confidence (Clopper and Pearson
 * 1934): the shares for which so few, and for which so many, are no rarer than one time in forty.
 */
export function shareInterval(count: number, total: number): Interval {
  const rare = (1 - CONFIDENCE) / 2;
  return {
    low: count === 0 ? 0 : solve((share) => 1 - atMost(count - 1, total, share) >= rare),
    high: count === total ? 1 : solve((share) => atMost(count, total, share) <= rare),
  };
}

/**
 * The most often that something can happen which none of `total` runs has shown, with 95 % confidence: one side only. For many
 * runs it is close to three divided by their number, which is the rule of three.
 */
export function mostWithoutOne(total: number): number {
  return 1 - (1 - CONFIDENCE) ** (1 / total);
}

/** The chance of `count` or fewer of `total`. In logarithms: the parts of a small chance are smaller than any double. */
function atMost(count: number, total: number, share: number): number {
  if (count < 0) return 0;
  if (share <= 0 || count >= total) return 1;
  if (share >= 1) return 0;
  const odds = Math.log(share) - Math.log1p(-share);
  let part = total * Math.log1p(-share);
  let sum = Math.exp(part);
  for (let one = 1; one <= count; one++) {
    part += Math.log((total - one + 1) / one) + odds;
    sum += Math.exp(part);
  }
  return Math.min(1, sum);
}

/** The least share for which it holds; it holds for all that are greater. */
function solve(holds: (share: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Counted from 1, ascending. */
function rank(values: readonly number[], which: number): number {
  const found = values.toSorted((a, b) => a - b)[which - 1];
  if (found === undefined) throw new RangeError(`no value ${which} of ${values.length}`);
  return found;
}
