/** What the program that records is told: lines of JSON. stackctl reads them (src/clients/http/recording-stream.ts). */

/** The first line. */
export interface RecordingBegin {
  readonly type: 'begin';
  /** By which it is ended. */
  readonly id: string;
}

/** A request, told when its answer has ended. */
export interface RecordedEntry {
  readonly type: 'request';
  /** Place among the requests of this recording, in the order in which they came, from 0. */
  readonly sequence: number;
  /** Unix time in milliseconds, with fractions: when its headers had arrived. */
  readonly atMs: number;
  readonly method: string;
  /** Path with query as in the request line, or a whole URL. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** In base64; empty where there was none; null: it was not recorded. */
  readonly body: string | null;
  readonly bodyBytes: number;
  /** Null: the client went before an answer had begun. */
  readonly status: number | null;
  /** Milliseconds from `atMs` to the end of the answer, or until the client went. */
  readonly tookMs: number;
}

/** The last line; without it the program ended, or the connection broke. */
export interface RecordingEnd {
  readonly type: 'end';
  /** Requests that were left out because they came faster than they were read. */
  readonly missed: number;
  /** Requests that were not answered when the recording ended. */
  readonly unfinished: number;
}

export type RecordingLine = RecordingBegin | RecordedEntry | RecordingEnd;
