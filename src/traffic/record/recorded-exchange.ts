import type { ObservedHttp } from '../../stack/contract/record.ts';

/** A request and what is known of its answer, as it goes into a file. */
export interface RecordedExchange {
  /** Unix time in milliseconds, with fractions. */
  readonly atMs: number;
  readonly request: Pick<ObservedHttp, 'method' | 'target' | 'headers' | 'body' | 'bodyBytes'> & {
    /** That the client named, `host:port`. */
    readonly host: string;
  };
  /** Undefined: the client got no answer. */
  readonly status: number | undefined;
  readonly tookMs: number;
}
