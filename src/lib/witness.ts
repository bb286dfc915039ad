import { poll } from './poll.ts';

/** Between which two looks something came about. Times are those of `performance.now()`, in milliseconds. */
export interface Witnessed {
  /** The last look that did not see it. */
  readonly notYetAt: number;
  /** The first look that did. */
  readonly seenAt: number;
}

export interface WitnessOptions {
  readonly everyMs: number;
  /** How long it may take to show once `act` has returned. */
  readonly limitMs: number;
}

/**
 * Does something, and looks all the while whether it has come about: so the moment is known to within two looks, however long
 * `act` takes to return.
 * @throws what `act` or a look throws; a TimeoutError when nothing is to be seen in time.
 */
export async function witness(
  isThere: () => Promise<boolean> | boolean,
  act: () => Promise<unknown>,
  { everyMs, limitMs }: WitnessOptions,
): Promise<Witnessed> {
  const limit = new AbortController();
  let notYetAt = performance.now();
  const looking = poll(
    async () => {
      const askedAt = performance.now();
      if (await isThere()) return { notYetAt, seenAt: performance.now() };
      notYetAt = askedAt;
      return undefined;
    },
    { everyMs, signal: limit.signal },
  );
  // Whoever waits for it below hears of it; until then nobody does.
  looking.catch(() => undefined);
  try {
    await act();
  } catch (error) {
    limit.abort(error);
    await looking.catch(() => undefined);
    throw error;
  }
  const timer = setTimeout(() => limit.abort(new DOMException('nothing is to be seen', 'TimeoutError')), limitMs);
  try {
    return await looking;
  } finally {
    clearTimeout(timer);
  }
}
