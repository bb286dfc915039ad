/** What a store shows of a run. Pure. */
import { defined } from '../lib/defined.ts';
import type { StoreReading, TrafficStore } from '../stack/contract/traffic.ts';
import type { LedgerView } from './ledger.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';

/** What one store said; `error`: it could not be read back; `unfit`: it could prove nothing and was not asked. */
export interface StoreAnswer {
  readonly name: string;
  readonly guarantee: TrafficStore['guarantee'];
  /** Whose events it has to hold: places in the routes of the plan. */
  readonly routes: readonly number[];
  readonly answer:
    | {
        readonly type: 'read';
        readonly reading: StoreReading;
        /** What became of the events that it has to hold. */
        readonly ledger: LedgerView;
        /** Why what is missing may have been there. */
        readonly forgets?: string | undefined;
      }
    | { readonly type: 'error'; readonly error: string }
    | { readonly type: 'unfit'; readonly why: string };
}

/** As a `Reconciliation`, with figures that are null where the store could not be read back, or where it cannot know. */
type Figures = {
  readonly [Key in keyof Reconciliation]: Reconciliation[Key] extends number ? number | null : Reconciliation[Key];
};

export interface StoreReport extends Figures {
  readonly store: string;
  /** Of those that are stored, events that a later one has overwritten, as it should. */
  readonly overwritten: number | null;
  readonly guarantee: TrafficStore['guarantee'];
  readonly error: string | null;
  /** None of the run is there: how many rows are, as far as as many as were acknowledged. Absent: some are, or nobody can say. */
  readonly otherRows?: number;
}

export function storeReport({ name, guarantee, answer }: StoreAnswer, runId: string): StoreReport {
  const overwritten = answer.type === 'read' ? (answer.reading.overwritten ?? 0) : null;
  const base = { store: name, guarantee, overwritten };
  if (answer.type === 'error') return { ...base, ...NOT_READ, error: answer.error };
  if (answer.type === 'unfit') return { ...base, ...NOT_READ, error: answer.why };
  const found = reconcile({ runId, ledger: answer.ledger, reading: answer.reading });
  const { otherRows } = answer.reading;
  if (answer.forgets === undefined || found.missing === 0)
    return { ...base, ...found, error: null, ...defined({ otherRows }) };
  const error = `${answer.forgets}, and ${found.missing} acknowledged ones are not there`;
  return { ...base, ...found, missing: null, missingIds: [], missingRanges: [], error };
}

const NOT_READ: Figures = {
  stored: null,
  missing: null,
  phantom: null,
  duplicates: null,
  recovered: null,
  missingIds: [],
  phantomIds: [],
  duplicateIds: [],
  missingRanges: [],
  phantomRanges: [],
  duplicateRanges: [],
  contradictions: [],
};

/** What a store shows against the run. */
export function storeFaults(report: StoreReport): readonly string[] {
  const { store, missing, phantom, duplicates, contradictions } = report;
  return [
    ...some(missing, `acknowledged and not in ${store}`, report.missingIds).map((text) => text + otherIdsText(report)),
    ...some(phantom, `in ${store}, but never sent or refused`, report.phantomIds),
    ...some(duplicates, `more than once in ${store}`, report.duplicateIds),
    ...contradictions.map((text) => `${store}: ${text}`),
  ];
}

/** Most of them came in, and not one under its own id. */
const ABOUT_AS_MANY = 0.9;

function otherIdsText({ store, stored, missing, otherRows }: StoreReport): string {
  if (stored !== 0 || missing === null || otherRows === undefined || otherRows < ABOUT_AS_MANY * missing) return '';
  const rows = otherRows < missing ? `${otherRows} rows` : `${missing} rows or more`;
  return `: ${store} has ${rows} with other ids. Does the service give ids of its own? See docs/traffic.md, "Ids"`;
}

function some(count: number | null, what: string, ids: readonly string[]): readonly string[] {
  return count === null || count === 0
    ? []
    : [`${count} ${what} (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`];
}

/** Of all stores together; null where one does not know. */
export function storeFigures(reports: readonly StoreReport[]) {
  const sum = (key: 'missing' | 'phantom' | 'duplicates'): number | null =>
    reports.reduce<number | null>(
      (all, { [key]: own }) => (all === null || own === null ? null : all + own),
      reports.length === 0 ? null : 0,
    );
  return { missing: sum('missing'), phantom: sum('phantom'), duplicates: sum('duplicates') };
}
