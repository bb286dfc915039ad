const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const STABLE_MS = 10_000;

export interface Backoff {
  /** Crashes in a row, this one included. */
  readonly crashes: number;
  readonly delayMs: number;
}

/** How long to wait after a crash: 0.5 s, doubling to 30 s; a run of 10 s starts over. */
export function backoffAfter(crashesBefore: number, ranMs: number): Backoff {
  const crashes = ranMs >= STABLE_MS ? 1 : crashesBefore + 1;
  return { crashes, delayMs: Math.min(LONGEST_MS, FIRST_MS * 2 ** (crashes - 1)) };
}

/** The wait that is left. A clock that was set back must not turn half a second into a day. */
export function remainingMs(retryAtMs: number, nowMs: number): number {
  return Math.min(LONGEST_MS, Math.max(0, retryAtMs - nowMs));
}
