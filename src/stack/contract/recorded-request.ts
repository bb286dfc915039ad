/** What a recording holds, whatever its format. */

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
}
