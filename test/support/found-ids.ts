import { eventId } from '../../src/stack/contract/event-id.ts';
import type { StoreReading } from '../../src/stack/contract/traffic.ts';

/** The ids of a reading in their order, each as often as the store holds it. */
export function foundIds(runId: string, reading: StoreReading | undefined): readonly string[] {
  const { found } = reading ?? {};
  if (found === undefined) throw new Error('nothing was read');
  return [...found.from(0)].flatMap((sequence) =>
    Array.from({ length: found.copiesOf(sequence) }, () => eventId(runId, sequence)),
  );
}
