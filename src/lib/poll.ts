import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { deadline } from '../../packages/service-kit/src/wait.ts';

export { anyOf, deadline } from '../../packages/service-kit/src/wait.ts';

export interface PollOptions {
  /** Milliseconds between the end of one attempt and the start of the next. */
  readonly everyMs: number;
  /** Sooner at the beginning, then by a quarter of the time that it has taken, up to `everyMs`: for what may be there at once. */
  readonly firstMs?: number;
  /** Ends the polling with the signal's reason. Combine it with `AbortSignal.timeout` for a deadline. */
  readonly signal: AbortSignal;
}

/**
 * Calls `attempt` until it returns something other than undefined.
 * @throws the signal's reason once the signal aborts.
 */
export async function poll<T>(attempt: () => Promise<T | undefined> | T | undefined, options: PollOptions): Promise<T> {
  const { everyMs, firstMs = everyMs } = options;
  const begunMs = performance.now();
  for (;;) {
    options.signal.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    const waitMs = Math.min(everyMs, Math.max(firstMs, (performance.now() - begunMs) / 4));
    await delay(waitMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
  }
}

/** As `poll`, for something that may not come: undefined after `limitMs`. @throws the reason of `signal`. */
export async function pollFor<T>(
  limitMs: number,
  attempt: () => Promise<T | undefined> | T | undefined,
  { everyMs, signal }: { readonly everyMs: number; readonly signal?: AbortSignal },
): Promise<T | undefined> {
  try {
    return await poll(attempt, { everyMs, signal: deadline(limitMs, signal) });
  } catch (error) {
    if (!isTimeout(error) || signal?.aborted === true) throw error;
    return undefined;
  }
}

/** Whether this is the reason of a signal made by `deadline` that ran out, as opposed to an interrupt. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
