/** Waits that end: by a signal, or by a deadline. */
import { setTimeout as delay } from 'node:timers/promises';

const HELD = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * `AbortSignal.any` that keeps its sources. Up to Node.js 22 a signal knows them weakly, and the timer of an
 * `AbortSignal.timeout` that nothing else holds ends with the next garbage collection instead of at its time.
 */
export function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const combined = AbortSignal.any([...signals]);
  HELD.set(combined, signals);
  return combined;
}

/** A signal that aborts after `ms`, or as soon as `parent` does, with the parent's reason. */
export function deadline(ms: number, parent?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(ms)));
  return parent === undefined ? timeout : anyOf([parent, timeout]);
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

/**
 * What the promise becomes, for clients that wait for a server that stands still for ever.
 * @throws Error `<what>: no answer within <ms> ms`, while the promise itself goes on.
 */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
