import type { TrafficReport } from '../../traffic/report.ts';

/** How many of those that a store had to hold were found there. */
export function foundText({ readBack, stores }: Pick<TrafficReport, 'readBack' | 'stores'>): string {
  const proofs = stores.filter(({ guarantee }) => guarantee === 'stored');
  const missing = proofs.reduce((sum, store) => sum + (store.missing ?? 0), 0);
  return missing === 0 ? `${readBack} read back` : `${missing} of ${readBack} missing`;
}
