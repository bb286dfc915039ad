/** Parts of 0 to 1, a power of two, in which the rounded value is looked for. */
const PARTS = 2 ** 13;
/** Of a part in which the value is not one and the same. */
const SEVERAL = Number.POSITIVE_INFINITY;

/**
 * `Math.round(of(at))` of a function that grows with `at`, without computing it where a whole part of 0 to 1 has one value: most of
 * them, where the values are not many. What is known of a part is found out when it is first asked for.
 * @param slack how far `of` may be from a function that grows, as a part of the value: where rounding could depend on it, it is computed.
 */
export function roundedOf(of: (at: number) => number, slack: number): (at: number) => number {
  const known = new Float64Array(PARTS).fill(Number.NaN);
  const findOut = (part: number): number => {
    const least = Math.round(of(part / PARTS) * (1 - slack));
    const most = Math.round(of((part + 1) / PARTS) * (1 + slack));
    const value = least === most ? least : SEVERAL;
    known[part] = value;
    return value;
  };
  return (at) => {
    const part = Math.floor(at * PARTS);
    let value = known[part] as number;
    if (Number.isNaN(value)) value = findOut(part);
    return value === SEVERAL ? Math.round(of(at)) : value;
  };
}
