/** Milliseconds between two attempts. */
export const RETRY_MS = { first: 200, most: 2000 } as const;

/** Milliseconds before the next attempt, twice as long each time. @param attempt from 0. */
export function backoff(attempt: number): number {
  return Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(attempt, 10));
}
