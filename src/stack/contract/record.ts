/**
 * What a kind offers to `stackctl seed record`: what comes to a service, as it comes. The feature (src/traffic/record/) owns the
 * file, its end and the counts; the kind owns the protocol.
 */
import type { Address, ServiceInput } from './model.ts';
import type { Header } from './recorded-request.ts';

/** A service whose requests can be recorded. */
export interface RecordCapability<Options = unknown> {
  /** `http`: requests; `command`: lines of MONITOR. */
  readonly records: 'http' | 'command';
  /** Recording has begun when it resolves. @throws E_NOT_READY when nothing can be recorded there. */
  open(input: ServiceInput<Options>, settings: RecordSettings): Promise<OpenRecorder>;
}

export interface RecordSettings {
  /** Bytes that the body of a request may have; a larger one is not recorded. */
  readonly bodyLimit: number;
}

export interface OpenRecorder {
  /** Where it looks on, e.g. `gateway-1 (127.0.0.1:3000)`. */
  readonly at: string;
  /** Only what is sent to this address is recorded; undefined: clients send to where they always do. */
  readonly sendTo: Address | undefined;
  /**
   * What came since the last ones, as it comes. Ends after `finish`, or `close`.
   * @throws E_NOT_READY when what is recorded went away; what came until then was given.
   */
  readonly items: AsyncIterable<readonly ObservedItem[]>;
  /** Records nothing that comes from now on; the items end when those that came before have their answers, within seconds. */
  finish(): void;
  /** Takes away what was set up to record. */
  close(): Promise<void>;
  readonly losses: RecordLosses;
}

export interface RecordLosses {
  /** Requests that came and are not among the items, because they came too fast. */
  readonly missed: number;
  /** Requests that had no answer when the recording ended. */
  readonly unfinished: number;
}

export type ObservedItem = ObservedHttp | ObservedCommand;

export interface ObservedHttp {
  readonly type: 'http';
  /** Place among the requests that came, from 0: items are in the order of their answers. */
  readonly sequence: number;
  /** Unix time in milliseconds, with fractions. */
  readonly atMs: number;
  readonly method: string;
  /** Path with query as in the request line, or a whole URL. */
  readonly target: string;
  readonly headers: readonly Header[];
  /** Empty where there was none; undefined: not recorded. */
  readonly body: Buffer | undefined;
  readonly bodyBytes: number;
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  /** Milliseconds from `atMs` to the end of the answer. */
  readonly tookMs: number;
}

export interface ObservedCommand {
  readonly type: 'command';
  /** As MONITOR tells it, a character for each byte, without a line break. */
  readonly line: string;
}
