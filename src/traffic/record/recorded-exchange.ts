import type { Header } from '../../stack/contract/recorded-request.ts';

/** A request and what is known of its answer, as it goes into a file. */
export interface RecordedExchange {
  /** Unix time in milliseconds, with fractions. */
  readonly atMs: number;
  readonly request: {
    readonly method: string;
    /** That the client named, `host:port`. */
    readonly host: string;
    /** Path with query, or a whole URL. */
    readonly target: string;
    readonly headers: readonly Header[];
    /** Empty where there was none; undefined: not recorded. */
    readonly body: Buffer | undefined;
    readonly bodyBytes: number;
  };
  /** Undefined: the client got no answer. */
  readonly status: number | undefined;
  readonly tookMs: number;
}
