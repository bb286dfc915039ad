import { StackctlError } from '../errors.ts';
import { type Drift, driftText } from './compare.ts';
import type { MigrateStatus } from './report.ts';

/** @throws E_DRIFT naming every file that is not as the ledger has it: nothing is applied on top of that. */
export function refuseDrift(service: string, drifted: readonly Drift[]): void {
  if (drifted.length > 0) throw driftError(service, drifted.map(driftText), drifted);
}

/** The drift of services whose ledgers were read, as one error; undefined when there is none. */
export function driftIn(services: readonly Pick<MigrateStatus, 'service' | 'drifted'>[]): StackctlError | undefined {
  const bad = services.filter(({ drifted }) => drifted.length > 0);
  if (bad.length === 0) return undefined;
  const drifted = bad.flatMap((one) => one.drifted);
  const reasons = drifted.map(({ reason }) => reason);
  return driftError(bad.map(({ service }) => service).join(', '), reasons, drifted);
}

/** `details` has the checksums. */
function driftError(service: string, reasons: readonly string[], drifted: readonly unknown[]): StackctlError {
  return new StackctlError('E_DRIFT', `the migrations of ${service} and its ledger disagree`, {
    hint: 'Restore an edited or missing file and make the change in a new one; give a late file a higher number. To accept files as they are, see what `stackctl migrate repair` would do. Then run `stackctl migrate status`.',
    details: { service, reasons, drifted },
  });
}
