import { systemCode } from '../../errors.ts';

/** A connection or command failure in words, e.g. `connection refused`, or the server's own error reply. */
export function failureText(error: unknown, timeoutMs: number): string {
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
      return 'connection reset';
    case 'ETIMEDOUT':
      return `no reply within ${timeoutMs} ms`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return message === 'Command timed out' ? `no reply within ${timeoutMs} ms` : message;
}
