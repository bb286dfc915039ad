/** The verdict over a replay. Nothing is read back: what was recorded carries no id of this run. Pure. */
import type { Counts, LedgerView } from '../ledger.ts';
import type { MeasureView } from '../measure/measure.ts';
import { type MeasuredRun, measuredRun } from '../measured-run.ts';
import type { Refusal } from '../refusals.ts';
import type { Threshold } from '../thresholds.ts';
import type { ReadingSummary } from './read-replay.ts';

export interface ReplayReport extends Counts, MeasuredRun {
  /** `-`: standard input. */
  readonly file: string;
  readonly service: string;
  readonly speed: number | 'max';
  readonly ended: 'end' | 'stopped';
  readonly recording: ReadingSummary;
  readonly refusals: readonly Refusal[];
  readonly interrupted: boolean;
  /** `fail`: a threshold was not met; `inconclusive`: nothing was acknowledged, or a threshold had nothing to be held against. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly reasons: readonly string[];
}

export interface ReplayReportInput {
  readonly file: string;
  readonly service: string;
  readonly speed: number | 'max';
  readonly ratePerS: number | undefined;
  readonly inFlight: number;
  readonly ended: 'end' | 'stopped';
  readonly interrupted: boolean;
  readonly durationMs: number;
  readonly ledger: LedgerView;
  readonly measure: MeasureView;
  readonly recording: ReadingSummary;
  readonly thresholds: readonly Threshold[];
}

const NO_STORES = { missing: null, phantom: null, duplicates: null } as const;

export function replayReport(input: ReplayReportInput): ReplayReport {
  const { file, service, speed, ended, interrupted, ledger, recording } = input;
  const { counts } = ledger;
  const { measured, missed, unmeasured } = measuredRun({ ...input, counts }, input.thresholds, NO_STORES);
  const doubts = [
    ...(interrupted ? ['the replay was interrupted before its end'] : []),
    ...(counts.asked === 0 ? ['the recording has nothing that was sent'] : []),
    ...(counts.asked > 0 && counts.acked === 0 ? ['nothing was acknowledged'] : []),
    ...unmeasured,
  ];
  return {
    ...{ file, service, speed, ended },
    ...counts,
    ...measured,
    recording,
    refusals: ledger.refusals(),
    interrupted,
    verdict: missed.length > 0 ? 'fail' : doubts.length > 0 ? 'inconclusive' : 'pass',
    reasons: [...missed, ...doubts],
  };
}
