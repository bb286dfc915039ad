import type { WriteRecord } from '../stack/contract/failover.ts';
import type { CheckResult } from './checker.ts';

/** What the comparison of answers and contents found, as counts. */
export function countsOf(checked: CheckResult, lostUnexplained: number) {
  return {
    lostUnexplained,
    recovered: checked.recovered.length,
    lost: checked.lost.length,
    phantom: checked.phantom.length,
    duplicates: checked.duplicates.length,
    misclassified: checked.misclassified.length,
  };
}

type Exact = ReturnType<typeof countsOf>;

/** Null: what is written does not show it. */
export type Counts = Omit<Exact, 'duplicates' | 'recovered'> & {
  readonly duplicates: number | null;
  readonly recovered: number | null;
};

/** As a report has them: null where the final read failed, so that nothing is known. */
export function reportedCounts(counts: Counts | undefined): { readonly [Key in keyof Counts]: number | null } {
  const unknown = { lostUnexplained: null, recovered: null, lost: null };
  return counts ?? { ...unknown, phantom: null, duplicates: null, misclassified: null };
}

/** Error -> number of writes that were failed or unknown because of it. */
export function countErrors(history: readonly WriteRecord[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { error } of history) {
    if (error !== undefined) counts.set(error, (counts.get(error) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
