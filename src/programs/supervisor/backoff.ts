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

/** What is left of a wait: both instants of the same clock, one that is never set. */
export function remainingMs(untilMs: number, nowMs: number): number {
  return Math.min(LONGEST_MS, Math.max(0, untilMs - nowMs));
}

/**
 * What is left of the wait after a crash for a supervisor that finds it written down. All that it has is the time of day,
 * which may have been set meanwhile: so never longer than the whole wait after as many crashes.
 */
export function remainingOnRecordMs(retryAtMs: number, crashes: number, timeOfDayMs: number): number {
  const whole = backoffAfter(Math.max(0, crashes - 1), 0).delayMs;
  return Math.min(whole, Math.max(0, retryAtMs - timeOfDayMs));
}
