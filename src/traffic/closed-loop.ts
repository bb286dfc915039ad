import { pauseMs } from './pace.ts';
import { type Ended, type Sending, sendBatch, wait } from './sending.ts';

/** Several loops take the next events from one place; each has at most one batch on its way. */
export async function closedLoop(sending: Sending): Promise<Ended> {
  const { batch, inFlight, count, durationMs, stop, now } = sending;
  let next = 0;
  const failures: unknown[] = [];
  const take = (): readonly [number, number] | undefined => {
    if (next >= count || stop.aborted || now() >= durationMs || failures.length > 0) return undefined;
    const from = next;
    next = Math.min(count, from + batch);
    return [from, next];
  };
  const loop = async (): Promise<void> => {
    let failures = 0;
    for (let part = take(); part !== undefined; part = take()) {
      failures = (await sendBatch(sending, ...part)) ? failures + 1 : 0;
      await wait(pauseMs(failures), stop);
    }
  };
  const noted = () => loop().catch((error: unknown) => void failures.push(error));
  await Promise.all(Array.from({ length: inFlight }, noted));
  if (failures.length > 0) throw failures[0];
  if (next >= count) return 'count';
  return stop.aborted ? 'stopped' : 'duration';
}
