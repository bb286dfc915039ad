/**
 * Index of a weight, by a number from 0 to 1, in constant time: the alias method, with the tables that Michael D. Vose fills ("A linear
 * algorithm for generating random numbers with a given distribution", 1991).
 */
export function pickBy(weights: readonly number[]): (at: number) => number {
  const count = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = Float64Array.from(weights, (weight) => (weight * count) / total);
  const other = new Uint32Array(count);
  const small: number[] = [];
  const large: number[] = [];
  for (const [index, own] of share.entries()) (own < 1 ? small : large).push(index);
  for (let index = small.pop(); index !== undefined; index = small.pop()) {
    const donor = large.pop();
    if (donor === undefined) {
      share[index] = 1; // by rounding alone
      continue;
    }
    other[index] = donor;
    share[donor] = (share[donor] ?? 0) + (share[index] ?? 0) - 1;
    ((share[donor] ?? 0) < 1 ? small : large).push(donor);
  }
  for (const index of large) share[index] = 1;
  return (at) => {
    const place = at * count;
    const index = Math.floor(place);
    return place - index < (share[index] ?? 0) ? index : (other[index] ?? 0);
  };
}

/** What a key of weights stands for: a whole number where it is one. */
export function valueOfKey(key: string): string | number {
  return /^(0|-?[1-9]\d{0,14})$/.test(key) ? Number(key) : key;
}
