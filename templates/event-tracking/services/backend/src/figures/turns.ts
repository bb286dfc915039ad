import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds after which long work lets others have the event loop. */
const LONGEST_MS = 5;

/**
 * For long work: await it between steps, and after some milliseconds others are served first.
 * @example const breath = breathing(); for (const one of many) { await breath(); … }
 */
export function breathing(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < LONGEST_MS) return undefined;
    return nextTurn().then(() => {
      began = performance.now();
    });
  };
}

/** Runs one piece of work after the other, each in a turn of the event loop of its own; what awaits in between keeps its turn among them. */
export function inTurns(): <T>(work: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(() => nextTurn()).then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
