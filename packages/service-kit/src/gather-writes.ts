import type { Writable } from 'node:stream';

/** A turn may be long: what was written first must not wait for all of it, while the other end has nothing to do. */
const MOST_TOGETHER = 16;

/**
 * What is written to this stream in one turn of the event loop leaves together, at its end or as soon as there is enough of it. For a
 * connection over which many requests ask at once: a call of the system for each costs more than what is asked, here and at the other end.
 */
export function gatherWrites(stream: Writable): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let gathered = 0;
  let isEndAwaited = false;
  const send = (): void => {
    if (gathered > 0) stream.uncork();
    gathered = 0;
  };
  const endOfTurn = (): void => {
    isEndAwaited = false;
    send();
  };
  stream.write = (...args: unknown[]): boolean => {
    if (gathered === 0) stream.cork();
    gathered += 1;
    if (!isEndAwaited) setImmediate(endOfTurn);
    isEndAwaited = true;
    const goesOn = write(...args);
    if (gathered === MOST_TOGETHER) send();
    return goesOn;
  };
}
