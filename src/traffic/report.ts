/** The verdict over a run, from its ledger and what the stores hold. Pure. */
import type { Counts, LedgerView, Refusal } from './ledger.ts';
import type { MeasureView } from './measure/measure.ts';
import { type MeasuredRun, measuredRun } from './measured-run.ts';
import type { Ended } from './sending.ts';
import { type StoreAnswer, type StoreReport, storeFaults, storeFigures, storeReport } from './store-report.ts';
import type { Threshold } from './thresholds.ts';

export interface TrafficReport extends Counts, MeasuredRun {
  readonly profile: string;
  readonly seed: number;
  /** Beginning of the id of every event. */
  readonly run: string;
  /** Where timestamps started. */
  readonly epoch: string;
  /** Events that were wanted; `asked` is smaller after an interrupt. Null: as many as there was time for. */
  readonly count: number | null;
  readonly ended: Ended;
  /** Events that were sent once more, as the profile says. */
  readonly repeated: number;
  readonly stores: readonly StoreReport[];
  readonly refusals: readonly Refusal[];
  readonly interrupted: boolean;
  /** Every acknowledged event was read back once, and nothing else. */
  readonly verified: boolean;
  /**
   * `fail`: a store contradicts what was acknowledged, or a threshold was not met; `inconclusive`: no store could show whether it
   * does, or a threshold had nothing to be held against.
   */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Why the verdict is no pass. What is wrong comes first, then what could not be seen. */
  readonly reasons: readonly string[];
}

export interface ReportInput {
  readonly profile: string;
  readonly seed: number;
  readonly runId: string;
  readonly epochMs: number;
  readonly count: number | undefined;
  readonly durationMs: number;
  readonly ended: Ended;
  readonly repeated: number;
  readonly pace: {
    readonly ratePerS: number | undefined;
    readonly inFlight: number;
    readonly measure: MeasureView;
  };
  readonly thresholds: readonly Threshold[];
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
    ...(input.interrupted ? ['the run was interrupted before everything was sent'] : []),
    ...(counts.acked === 0 ? ['no event was acknowledged'] : []),
    ...(stores.length === 0 ? ['the profile has no store for these values of the stack'] : []),
    ...(stores.length > 0 && proofs.length === 0 ? ['no store could be read back'] : []),
    ...proofs.flatMap(({ report: { store, error }, trouble }) =>
      error === null ? [] : [`${store} ${trouble}: ${error}`],
    ),
  ];
  const proven = storeFigures(proofs.map(({ report }) => report));
  const { measured, missed, unmeasured } = measuredRun({ ...pace, ledger, durationMs }, input.thresholds, proven);
  const hasFailed = faults.length + missed.length > 0;
  const isDoubtful = doubts.length + unmeasured.length > 0;
  return {
    profile: input.profile,
    seed: input.seed,
    run: runId,
    epoch: new Date(input.epochMs).toISOString(),
    count: count ?? null,
    ended: input.ended,
    repeated: input.repeated,
    ...counts,
    ...measured,
    stores,
    refusals: ledger.refusals(),
    interrupted: input.interrupted,
    verified: faults.length + doubts.length === 0,
    verdict: hasFailed ? 'fail' : isDoubtful ? 'inconclusive' : 'pass',
    reasons: [...faults, ...missed, ...doubts, ...unmeasured],
  };
}

const UNREAD = 'could not be read back';
const UNFIT = 'cannot verify this run';
