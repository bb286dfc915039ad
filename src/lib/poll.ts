import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  /** Milliseconds between the end of one attempt and the start of the next. */
  readonly everyMs: number;
  /** Ends the polling with the signal's reason. Combine it with `AbortSignal.timeout` for a deadline. */
  readonly signal: AbortSignal;
}

/**
 * Calls `attempt` until it returns something other than undefined.
 * @throws the signal's reason once the signal aborts.
 */
export async function poll<T>(attempt: () => Promise<T | undefined> | T | undefined, options: PollOptions): Promise<T> {
  for (;;) {
    options.signal.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    await delay(options.everyMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
  }
}

/** A signal that aborts after `ms`, or as soon as `parent` does, with the parent's reason. */
export function deadline(ms: number, parent?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(ms)));
  return parent === undefined ? timeout : anyOf([parent, timeout]);
}

const HELD = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * `AbortSignal.any` that keeps its sources. Up to Node.js 22 a signal knows them weakly, and the timer of an
 * `AbortSignal.timeout` that nobody else holds ends with the next garbage collection instead of at its time.
 */
export function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const combined = AbortSignal.any([...signals]);
  HELD.set(combined, signals);
  return combined;
}

/** Whether this is the reason of a signal made by `deadline` that ran out, as opposed to an interrupt. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
