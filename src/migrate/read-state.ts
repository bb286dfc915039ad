import type { LedgerEntry } from '../stack/contract/ledger.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import { compare, type Drift, type Pending } from './compare.ts';
import type { MigratedService } from './folder.ts';
import type { Unavailable } from './report.ts';
import { missingFor } from './session.ts';

/** The schema of one service as it is now. */
export interface SchemaState {
  readonly applied: readonly LedgerEntry[];
  /** What `up` would do now, with what each lacks in this server. */
  readonly pending: readonly (Pending & { readonly missing: string | undefined })[];
  /** Entered as unavailable before, and still so. */
  readonly unavailable: readonly Unavailable[];
  readonly drifted: readonly Drift[];
}

/** Compares the files with the ledger, and asks the server for what the pending ones require. Changes nothing. */
export async function readState({ files }: MigratedService, session: MigrationSession): Promise<SchemaState> {
  const { applied, pending, drifted } = compare(files, await session.applied());
  const asked: SchemaState['pending'][number][] = [];
  for (const item of pending) asked.push({ ...item, missing: await missingFor(session, item.file.requires) });
  const isStillOut = (item: SchemaState['pending'][number]): boolean =>
    item.cause === 'was not available' && item.file.optional && item.missing !== undefined;
  return {
    applied,
    pending: asked.filter((item) => !isStillOut(item)),
    unavailable: asked.filter(isStillOut).map(({ file, missing }) => ({ name: file.name, reason: missing ?? '' })),
    drifted,
  };
}
