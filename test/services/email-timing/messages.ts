import { type FetchedBlock, PLACES } from '../../../packages/service-kit/src/kafka/messages.ts';

/** Messages of a partition with these values, one behind the other. */
export function blockOf(values: readonly (string | Uint8Array | undefined)[], firstOffset = 0n): FetchedBlock {
  const key = Buffer.from('sf_1');
  const parts: Uint8Array[] = [];
  const places = new Int32Array(values.length * PLACES);
  let at = 0;
  for (const [index, value] of values.entries()) {
    const bytes = value === undefined ? undefined : Buffer.from(value);
    places.set([index, at, key.length, at + key.length, bytes?.length ?? -1], index * PLACES);
    parts.push(key, bytes ?? Buffer.alloc(0));
    at += key.length + (bytes?.length ?? 0);
  }
  return { topic: 't', partition: 1, firstOffset, bytes: Buffer.concat(parts), places, count: values.length };
}
