/** A figure to a tenth, as reports have them; null stays null. */
export function tenth<T extends number | null>(value: T): T {
  return (value === null ? null : Math.round(value * 10) / 10) as T;
}
