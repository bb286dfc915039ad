import { StackctlError } from '../errors.ts';
import { type Drift, driftText } from './compare.ts';

/** @throws E_DRIFT naming every file that is not as the ledger has it: nothing is applied on top of that. */
export function refuseDrift(service: string, drifted: readonly Drift[]): void {
  if (drifted.length > 0) throw driftError(service, drifted.map(driftText), drifted);
}

/** `details` has the checksums. */
export function driftError(service: string, reasons: readonly string[], drifted: readonly unknown[]): StackctlError {
  return new StackctlError('E_DRIFT', `the migrations of ${service} and its ledger disagree`, {
    hint: 'Restore an edited or missing file and make the change in a new one; give a late file a higher number.',
    details: { service, reasons, drifted },
  });
}
