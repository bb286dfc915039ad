/** What every format of a recording is read as. */
import type { RecordedRequest } from '../../stack/contract/recorded-request.ts';

/** `monitor` is what `redis-cli MONITOR` prints, `vegeta` its targets in JSON, one in each line. */
export const RECORDING_FORMATS = ['jsonl', 'csv', 'har', 'monitor', 'vegeta'] as const;

export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

export interface RecordedItem {
  /** Where it begins in the recording, from 1. */
  readonly line: number;
  /** Unix time in milliseconds as recorded, right to a quarter of a microsecond; undefined: the format has no instants. */
  readonly atMs: number | undefined;
  readonly request: RecordedRequest;
}

/** Whether a recording tells when its items happened. */
export function hasInstants(format: RecordingFormat): boolean {
  return format !== 'vegeta';
}
