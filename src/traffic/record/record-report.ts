/** What became of a recording. Pure. */
import { type Address, formatAddress } from '../../stack/contract/model.ts';
import type { RecordLosses } from '../../stack/contract/record.ts';
import type { RecordFormat } from './record-format.ts';
import type { RecordCounts, Recorded } from './run-record.ts';

export interface RecordReport extends RecordCounts, RecordLosses {
  readonly file: string;
  readonly service: string;
  readonly format: RecordFormat;
  /** Where it was recorded. */
  readonly at: string;
  /** The address of a proxy that was there for the recording; null: clients sent to where they always do. */
  readonly sendTo: string | null;
  readonly ended: Recorded['ended'];
  /** Ended by a signal that is not its usual end. */
  readonly interrupted: boolean;
  readonly durationMs: number;
  /** Of the file. */
  readonly bytes: number;
}

export interface RecordReportInput
  extends Pick<RecordReport, 'file' | 'service' | 'format' | 'at' | 'interrupted' | 'bytes'> {
  readonly sendTo: Address | undefined;
  readonly recorded: Recorded;
  readonly losses: RecordLosses;
}

export function recordReport({ recorded, losses, sendTo, ...rest }: RecordReportInput): RecordReport {
  const { counts, ended, durationMs } = recorded;
  const { missed, unfinished } = losses;
  return {
    ...rest,
    ...{ sendTo: sendTo === undefined ? null : formatAddress(sendTo), ended, durationMs: Math.round(durationMs) },
    ...counts,
    ...{ missed, unfinished },
  };
}
