import { defined } from '../lib/defined.ts';
import type { LedgerEntry, LedgerState } from '../stack/contract/ledger.ts';
import type { MigrationFile } from './file.ts';

/** The files of one service against its ledger. */
export interface Comparison {
  readonly applied: readonly AppliedEntry[];
  /** In the order in which they have to run. */
  readonly pending: readonly Pending[];
  readonly drifted: readonly Drift[];
}

/** What the file makes is in the database. */
export type AppliedEntry = LedgerEntry & { readonly state: 'applied' | 'baselined' };

export interface Pending {
  readonly file: MigrationFile;
  readonly cause:
    | 'new'
    | 'was interrupted'
    | 'failed before'
    | 'was not available'
    | 'was reverted'
    /** Its down part began and did not come to its end. */
    | 'was taken back in part';
  /** Of the part that did not come to its end: how many of its statements are in effect. */
  readonly statementsDone: number;
  /** A file with a higher version is applied already, and that was allowed. */
  readonly outOfOrder: boolean;
}

export interface CompareOptions {
  /** A new file may have a lower version than one that is applied. */
  readonly allowOutOfOrder?: boolean;
}

export type Drift =
  /** The file is not the one that was applied. */
  | {
      readonly type: 'edited';
      readonly name: string;
      readonly path: string;
      readonly recorded: string;
      readonly found: string;
      readonly state: AppliedEntry['state'];
    }
  /** It was applied, or begun and not completed, and there is no such file. */
  | ({ readonly type: 'missing' } & Pick<LedgerEntry, 'name' | 'state' | 'part'>)
  /** It is new, and a higher version is applied already. */
  | { readonly type: 'outOfOrder'; readonly name: string; readonly path: string; readonly after: string };

/**
 * What has to run, and what is in the way. A file that was entered and not completed is pending, edited or not: only an
 * applied file must stay as it is. Pure.
 */
export function compare(
  files: readonly MigrationFile[],
  ledger: readonly LedgerEntry[],
  { allowOutOfOrder = false }: CompareOptions = {},
): Comparison {
  if (isAllAsApplied(files, ledger)) return { applied: ledger, pending: [], drifted: [] };
  const entries = new Map(ledger.map((entry) => [entry.name, entry]));
  const applied = ledger.filter(isAppliedEntry);
  const late = outOfOrder(files, entries);
  const lateNames = new Set(late.map(({ name }) => name));
  const pending = files.flatMap((file): Pending | typeof NOTHING => {
    const entry = entries.get(file.name);
    if (isApplied(entry?.state)) return NOTHING;
    const cause = isHalfReverted(entry) ? 'was taken back in part' : CAUSES[entry?.state ?? 'new'];
    return { file, cause, statementsDone: entry?.statementsDone ?? 0, outOfOrder: lateNames.has(file.name) };
  });
  const drifted = [...edited(files, entries), ...missing(files, ledger), ...(allowOutOfOrder ? [] : late)];
  return { applied, pending, drifted };
}

export function isAppliedEntry(entry: LedgerEntry): entry is AppliedEntry {
  return isApplied(entry.state);
}

/** Mostly it is so, and one look at each of thousands of files tells. */
function isAllAsApplied(
  files: readonly MigrationFile[],
  ledger: readonly LedgerEntry[],
): ledger is readonly AppliedEntry[] {
  if (files.length !== ledger.length) return false;
  for (let index = 0; index < files.length; index++) {
    const [file, entry] = [files[index], ledger[index]];
    if (file?.name !== entry?.name || file?.checksum !== entry?.checksum || !isApplied(entry?.state)) return false;
  }
  return true;
}

const CAUSES: Readonly<Record<Exclude<LedgerState, 'applied' | 'baselined'> | 'new', Pending['cause']>> = {
  new: 'new',
  reverted: 'was reverted',
  running: 'was interrupted',
  failed: 'failed before',
  unavailable: 'was not available',
};

export function isUnfinished({ state }: Pick<LedgerEntry, 'state'>): boolean {
  return state === 'failed' || state === 'running';
}

/** Its down part began and did not come to its end. */
export function isHalfReverted(entry: Pick<LedgerEntry, 'state' | 'part'> | undefined): boolean {
  return entry !== undefined && isUnfinished(entry) && entry.part === 'down';
}

export function isApplied(state: LedgerState | undefined): state is AppliedEntry['state'] {
  return state === 'applied' || state === 'baselined';
}

/** The same for each of thousands of files that are as they were. */
const NOTHING: readonly never[] = [];

type Entries = ReadonlyMap<string, LedgerEntry>;

function edited(files: readonly MigrationFile[], entries: Entries): readonly Drift[] {
  return files.flatMap((file): Drift | typeof NOTHING => {
    const { name, path, checksum } = file;
    const entry = entries.get(name);
    if (!isApplied(entry?.state) || entry.checksum === checksum) return NOTHING;
    if (file.lenientChecksums().includes(entry.checksum)) return NOTHING;
    return { type: 'edited', name, path, recorded: entry.checksum, found: checksum, state: entry.state };
  });
}

function missing(files: readonly MigrationFile[], ledger: readonly LedgerEntry[]): readonly Drift[] {
  const names = new Set(files.map(({ name }) => name));
  return ledger
    .filter(({ name, state }) => state !== 'unavailable' && state !== 'reverted' && !names.has(name))
    .map(({ name, state, part }) => ({ type: 'missing', name, state, ...defined({ part }) }));
}

function outOfOrder(files: readonly MigrationFile[], entries: Entries): readonly Drift[] {
  const last = files.findLast(({ name }) => isApplied(entries.get(name)?.state));
  if (last === undefined) return [];
  return files
    .filter(({ name, version }) => !entries.has(name) && version < last.version)
    .map(({ name, path }) => ({ type: 'outOfOrder', name, path, after: last.name }));
}

/** One sentence for people. */
export function driftText(drift: Drift): string {
  switch (drift.type) {
    case 'edited':
      return `${drift.path} was edited after it was applied (applied: sha256 ${drift.recorded}, now: ${drift.found})`;
    case 'missing':
      return `${drift.name} ${whatWas(drift)}, and there is no such file`;
    case 'outOfOrder':
      return `${drift.path} has a lower version than ${drift.after}, which is applied`;
  }
}

/** Of an entry of the ledger, in words. */
export function whatWas(entry: Pick<LedgerEntry, 'state' | 'part'>): string {
  const { state } = entry;
  if (isApplied(state)) return 'was applied';
  if (isHalfReverted(entry)) return 'was taken back in part';
  return state === 'running' ? 'was interrupted' : 'failed';
}
