/** The verdict over a run, from its ledger and what the stores hold. Pure. */
import type { StoreReading, TrafficStore } from '../stack/contract/traffic.ts';
import type { Counts, LedgerView, Refusal } from './ledger.ts';
import type { MeterView } from './meter.ts';
import { type Rates, ratesOf } from './pace.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';

/** What one store said; `error`: it could not be read back; `unfit`: it could prove nothing and was not asked. */
export interface StoreAnswer {
  readonly name: string;
  readonly guarantee: TrafficStore['guarantee'];
  readonly answer: /** `forgets`: why what is missing may have been there. */
    | { readonly type: 'read'; readonly reading: StoreReading; readonly forgets?: string | undefined }
    | { readonly type: 'error'; readonly error: string }
    | { readonly type: 'unfit'; readonly why: string };
}

/** Figures are null where the store could not be read back, or where it cannot know. */
export interface StoreReport {
  readonly store: string;
  readonly guarantee: TrafficStore['guarantee'];
  readonly stored: number | null;
  readonly missing: number | null;
  readonly phantom: number | null;
  readonly duplicates: number | null;
  readonly recovered: number | null;
  readonly missingIds: readonly string[];
  readonly phantomIds: readonly string[];
  readonly duplicateIds: readonly string[];
  readonly contradictions: readonly string[];
  readonly error: string | null;
}

/** Rates as they were wanted and as they were measured. */
export interface TrafficReport extends Counts, Rates {
  readonly profile: string;
  readonly seed: number;
  /** Beginning of the id of every event. */
  readonly run: string;
  /** Where timestamps started. */
  readonly epoch: string;
  /** Events that were wanted; `asked` is smaller after an interrupt. */
  readonly count: number;
  /** Acknowledged events per second of sending. */
  readonly ratePerS: number;
  readonly durationMs: number;
  /** Batches that may be on their way at the same time, and most that were. */
  readonly inFlight: number;
  readonly mostInFlight: number;
  /** How long as many as may be were on their way. */
  readonly allInFlightMs: number;
  readonly stores: readonly StoreReport[];
  readonly refusals: readonly Refusal[];
  readonly interrupted: boolean;
  /** Every acknowledged event was read back once, and nothing else. */
  readonly verified: boolean;
  /** `fail`: a store contradicts what was acknowledged; `inconclusive`: no store could show whether it does. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Why it is not verified. What is wrong comes first, then what could not be seen. */
  readonly reasons: readonly string[];
}

export interface ReportInput {
  readonly profile: string;
  readonly seed: number;
  readonly runId: string;
  readonly epochMs: number;
  readonly count: number;
  readonly durationMs: number;
  readonly pace: {
    readonly ratePerS: number | undefined;
    /** Events that leave together. */
    readonly batch: number;
    readonly inFlight: number;
    readonly meter: MeterView;
  };
  readonly interrupted: boolean;
  readonly ledger: LedgerView;
  readonly answers: readonly StoreAnswer[];
}

export function reportOf(input: ReportInput): TrafficReport {
  const { ledger, count, durationMs, pace, runId } = input;
  const { counts } = ledger;
  const stores = input.answers.map((answer) => storeReport(answer, input));
  const proofs = input.answers.flatMap(({ guarantee, answer: { type } }, index) => {
    const report = guarantee === 'stored' ? stores[index] : undefined;
    return report === undefined ? [] : [{ report, trouble: type === 'error' ? UNREAD : UNFIT }];
  });
  const faults = proofs.flatMap(({ report }) => storeFaults(report));
  const doubts = [
    ...(input.interrupted ? ['the run was interrupted before everything was sent and read back'] : []),
    ...(counts.acked === 0 ? ['no event was acknowledged'] : []),
    ...(stores.length === 0 ? ['the profile has no store for these values of the stack'] : []),
    ...(stores.length > 0 && proofs.length === 0 ? ['no store could be read back'] : []),
    ...proofs.flatMap(({ report: { store, error }, trouble }) =>
      error === null ? [] : [`${store} ${trouble}: ${error}`],
    ),
  ];
  const reasons = [...faults, ...doubts];
  return {
    profile: input.profile,
    seed: input.seed,
    run: runId,
    epoch: new Date(input.epochMs).toISOString(),
    count,
    ...counts,
    ratePerS: durationMs > 0 ? Math.round((counts.acked * 1000) / durationMs) : 0,
    durationMs: Math.round(durationMs),
    ...ratesOf(pace.meter.last, pace.batch, pace.ratePerS),
    inFlight: pace.inFlight,
    mostInFlight: pace.meter.mostInFlight,
    allInFlightMs: Math.round(pace.meter.fullMs),
    stores,
    refusals: ledger.refusals(),
    interrupted: input.interrupted,
    verified: reasons.length === 0,
    verdict: faults.length > 0 ? 'fail' : doubts.length > 0 ? 'inconclusive' : 'pass',
    reasons,
  };
}

function storeReport({ name, guarantee, answer }: StoreAnswer, { runId, count, ledger }: ReportInput): StoreReport {
  const base = { store: name, guarantee };
  if (answer.type === 'error') return { ...base, ...NOT_READ, error: answer.error };
  if (answer.type === 'unfit') return { ...base, ...NOT_READ, error: answer.why };
  const found = reconcile({ runId, capacity: count, ledger, reading: answer.reading });
  if (answer.forgets === undefined || found.missing === 0) return { ...base, ...found, error: null };
  const error = `${answer.forgets}, and ${found.missing} acknowledged ones are not there`;
  return { ...base, ...found, missing: null, missingIds: [], error };
}

const NOT_READ: { readonly [Key in keyof Reconciliation]: Reconciliation[Key] | null } & Pick<
  Reconciliation,
  'missingIds' | 'phantomIds' | 'duplicateIds' | 'contradictions'
> = {
  stored: null,
  missing: null,
  phantom: null,
  duplicates: null,
  recovered: null,
  missingIds: [],
  phantomIds: [],
  duplicateIds: [],
  contradictions: [],
};

const UNREAD = 'could not be read back';
const UNFIT = 'cannot verify this run';

/** What a store shows against the run. */
function storeFaults(report: StoreReport): readonly string[] {
  const { store, missing, phantom, duplicates, contradictions } = report;
  return [
    ...some(missing, `acknowledged and not in ${store}`, report.missingIds),
    ...some(phantom, `in ${store}, but never sent or refused`, report.phantomIds),
    ...some(duplicates, `more than once in ${store}`, report.duplicateIds),
    ...contradictions.map((text) => `${store}: ${text}`),
  ];
}

function some(count: number | null, what: string, ids: readonly string[]): readonly string[] {
  return count === null || count === 0
    ? []
    : [`${count} ${what} (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`];
}
