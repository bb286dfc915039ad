import { deadline, isTimeout, poll } from '../../src/lib/poll.ts';

/** Polls until `attempt` gives something other than undefined or false; fails naming what it waited for. */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 10_000,
): Promise<T> {
  try {
    return await poll(async () => (await attempt()) || undefined, { everyMs: 20, signal: deadline(withinMs) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new Error(`waited ${withinMs} ms in vain for ${what}`);
  }
}
