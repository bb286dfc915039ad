/** Answers that a check may give in its first column and does not hold with. */
export interface CheckRules {
  readonly refused: readonly unknown[];
  /** Of the first column; undefined: it has none that a person chose. */
  readonly column?: string | undefined;
}

/**
 * Why the answer of a check does not hold: it has no row, or one of these values in the first column of a row. A column
 * that is not there is null. Undefined: it holds. Pure.
 */
export function whyNot(rows: readonly (readonly unknown[])[], { refused, column }: CheckRules): string | undefined {
  if (rows.length === 0) return 'gives no row';
  const at = rows.findIndex(([first = null]) => refused.includes(first));
  if (at === -1) return undefined;
  const where = `${column ?? 'its first column'}${rows.length === 1 ? '' : `, row ${at + 1} of ${rows.length}`}`;
  return `gives ${rows[at]?.[0] ?? null} in ${where}`;
}
