import { errorText } from '../../errors.ts';
import { connectionFailure } from '../../lib/connection-failure.ts';
import { isTimeout } from '../../lib/poll.ts';

/** What a ClickHouse server answers instead of a result. */
export class ClickhouseError extends Error {
  override readonly name = 'ClickhouseError';
  /** The server's own code, e.g. 60; 0 when the answer has none. */
  readonly serverCode: number;
  /** E.g. `UNKNOWN_TABLE`; empty when the answer has none. */
  readonly type: string;
  /** Offset of a syntax error in the statement, in bytes from 0. */
  readonly position: number | undefined;

  constructor(code: number, status: number, answer: string) {
    const text = answer
      .trim()
      .replace(/^Code: \d+\. DB::Exception: /, '')
      .replace(/\(version [^()]*(\([^()]*\))?\)\s*$/, '')
      .trim();
    super(text === '' ? `HTTP status ${status}` : text.slice(0, 2000));
    this.serverCode = code;
    this.type = /\(([A-Z0-9_]{3,})\)$/.exec(text)?.[1] ?? '';
    const position = /failed at position (\d+)/.exec(text)?.[1];
    this.position = position === undefined ? undefined : Math.max(0, Number(position) - 1);
  }
}

/** A failed connection or statement in words, e.g. `connection refused`, or the server's own error. */
export function failureText(error: unknown, timeoutMs: number): string {
  if (isTimeout(error)) return `no reply within ${timeoutMs} ms`;
  return connectionFailure(error, timeoutMs) ?? errorText(error);
}
