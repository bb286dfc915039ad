/** What every format of a recording is read as. */

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

export type RecordedRequest = RecordedHttp | RecordedCommand | RecordedEvent;

export interface RecordedHttp {
  readonly type: 'http';
  readonly method: string;
  /** Host and port as recorded: a replay goes to another one. */
  readonly host: string;
  /** With the query, as it goes into the request line. */
  readonly path: string;
  /** In their order; a name may be there several times. */
  readonly headers: readonly Header[];
  readonly body: Buffer | undefined;
}

export type Header = readonly [name: string, value: string];

/** Of Redis, Valkey, or what else speaks their protocol. */
export interface RecordedCommand {
  readonly type: 'command';
  readonly db: number;
  /** The command and its arguments; bytes where they are no UTF-8. */
  readonly args: readonly (string | Buffer)[];
}

export interface RecordedEvent {
  readonly type: 'event';
  /** With the field of its instant. Of CSV every value is text. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of JSONL the line as it stands: a number of `body` has only the digits that a double keeps. Undefined for CSV. */
  readonly text: string | undefined;
}

/** Whether a recording tells when its items happened. */
export function hasInstants(format: RecordingFormat): boolean {
  return format !== 'vegeta';
}
