import { poll, pollFor } from '../lib/poll.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import type { RunInput } from './run-input.ts';
import { MIN_ACKED } from './writes-sound.ts';

const WARM_UP_MS = 1000;
const JITTER_MS = 1000;

/** At least MIN_ACKED acknowledgements of each writer, a second, and a random moment. One that is too slow is not waited for. */
export async function warmUp(
  { clock, random, limits, signal }: RunInput,
  writers: readonly (readonly WriteRecord[])[],
): Promise<void> {
  const startedAt = clock.now();
  const atLeastMs = WARM_UP_MS + random() * JITTER_MS;
  const warm = () => {
    const long = clock.now() - startedAt;
    return long > limits.warmUpMs || (long >= atLeastMs && writers.every((records) => countAcked(records) > MIN_ACKED))
      ? true
      : undefined;
  };
  await poll(warm, { everyMs: 5, signal });
}

/** Of so many writes one after the other, one may be missing when all is well. */
export const HUNDRED = 100;

/** So that it is seen when that was. A group that is not well again is not waited for longer than twice that time and a second. */
export async function coolDown(
  { signal, ratePerS }: RunInput,
  records: readonly WriteRecord[],
  since: number,
): Promise<void> {
  const limitMs = (2 * HUNDRED * 1000) / ratePerS + 1000;
  await pollFor(limitMs, () => (isWell(records, since) ? true : undefined), { everyMs: 20, signal });
}

/** Of the last hundred writes, all of them after `since`, no more than one is missing. Pure. */
export function isWell(records: readonly WriteRecord[], since: number): boolean {
  const last = records.slice(-HUNDRED).filter(({ intended }) => intended > since);
  return last.length === HUNDRED && countAcked(last) >= HUNDRED - 1;
}

function countAcked(records: readonly WriteRecord[]): number {
  return records.filter(({ outcome }) => outcome === 'acked').length;
}
