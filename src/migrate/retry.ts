import { setTimeout as delay } from 'node:timers/promises';
import { StackctlError } from '../errors.ts';

export const ATTEMPTS = 10;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Called before each wait. */
  readonly onBlocked: (blocked: StackctlError, attempt: number) => void;
}

/**
 * Tries again what could not get its lock in time and was rolled back as a whole, up to ten times.
 * @throws the last E_MIGRATION_BLOCKED, anything else at once, and the signal's reason.
 */
export async function retryBlocked<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StackctlError) || error.code !== 'E_MIGRATION_BLOCKED' || number === ATTEMPTS) throw error;
      options.onBlocked(error, number);
      await pause(waitMs(number, options.random()), options.signal);
    }
  }
}

/**
 * What `onBlocked` says: progress at every attempt, and once a line that stays, for who does not look at a terminal.
 * @param note gets the line. @param progress the text of each attempt.
 */
export function sayBlocked(note: (text: string) => void, progress: (text: string) => void): RetryOptions['onBlocked'] {
  return ({ message }, attempt) => {
    if (attempt === 1) note(`is tried again, up to ${ATTEMPTS} times: ${message}`);
    progress(`attempt ${attempt}: ${message}`);
  };
}

const FIRST_MS = 100;
const LONGEST_MS = 3000;

/** Doubles from 100 ms to 3 s, times 0.5 to 1.5, so that two runs that met once do not meet again. */
export function waitMs(attempt: number, random: number): number {
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)) * (0.5 + random));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
