import { poll } from '../lib/poll.ts';
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

function countAcked(records: readonly WriteRecord[]): number {
  return records.filter(({ outcome }) => outcome === 'acked').length;
}
