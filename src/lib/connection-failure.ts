import { systemCode } from '../errors.ts';

/**
 * What the system said of a connection, in words; undefined for an error that is not the connection's.
 * @param timeoutMs what the answer was given; 0: as long as it takes.
 */
export function connectionFailure(error: unknown, timeoutMs: number): string | undefined {
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
      return 'connection reset';
    case 'ETIMEDOUT':
      return timeoutMs === 0 ? 'connection timed out' : `no reply within ${timeoutMs} ms`;
    default:
      return undefined;
  }
}
