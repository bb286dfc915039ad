import { errorText } from '../../errors.ts';
import { connectionFailure } from '../../lib/connection-failure.ts';

/** What went wrong with a broker in words, e.g. `connection refused`, or its own error. */
export function failureText(error: unknown, timeoutMs: number): string {
  const connection = connectionFailure(rootOf(error), timeoutMs);
  if (connection !== undefined) return connection;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(errorText))].join('; ');
  }
  return errorText(error);
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}
