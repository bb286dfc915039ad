import { setTimeout as delay } from 'node:timers/promises';
import { deadline, isTimeout, poll } from '../../src/lib/poll.ts';

/**
 * Ends a test that would hang, and says nothing about speed: a machine that is busy with other tests starts a server in
 * tens of seconds. What has to be quick is compared with something in bench/.
 */
export const PATIENCE_MS = 120_000;

/** The same, for what takes a signal. */
export function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
}

/**
 * An attempt that takes long starts a process: without a rest of twice its time, it would keep what is waited for from the
 * processor.
 */
const REST_FACTOR = 2;
const LONGEST_REST_MS = 2000;

/**
 * Polls until `attempt` gives something other than undefined or false; fails naming what it waited for, at the end where that is
 * a function. Only who waits for what must not happen gives a deadline of its own.
 */
export async function waitFor<T>(
  what: string | (() => string),
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const attemptAndRest = async () => {
    const began = performance.now();
    const found = (await attempt()) || undefined;
    if (found === undefined) await delay(Math.min(REST_FACTOR * (performance.now() - began), LONGEST_REST_MS));
    return found;
  };
  try {
    return await poll(attemptAndRest, { everyMs: 20, signal: deadline(withinMs) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new Error(`waited ${withinMs} ms in vain for ${typeof what === 'string' ? what : what()}`);
  }
}
