import { errorText } from '../../errors.ts';
import { connectionFailure } from '../../lib/connection-failure.ts';

/** A connection or command failure in words, e.g. `connection refused`, or the server's own error reply. */
export function failureText(error: unknown, timeoutMs: number): string {
  const connection = connectionFailure(error, timeoutMs);
  if (connection !== undefined) return connection;
  const message = errorText(error);
  return message === 'Command timed out' ? `no reply within ${timeoutMs} ms` : message;
}
