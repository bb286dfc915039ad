import { expect, test } from 'vitest';
import { inRequests, messageOf } from '../../../src/clients/kafka/event-messages.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';

const event = (sequence: number, body: TrafficEvent['body'] = {}): TrafficEvent => ({ sequence, id: 'x', body });
const partitionOf = (key: string, partitions: number) => messageOf(event(0, { key }), 'key', partitions).partition;

test('a key goes to the partition where clients in Java send it', () => {
  // Hashes of org.apache.kafka.common.utils.UtilsTest, without their sign.
  const hashes = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536, abc: 479470107 };
  for (const [key, hash] of Object.entries(hashes))
    for (const partitions of [1, 3, 7, 64]) expect(partitionOf(key, partitions)).toBe((hash & 0x7fffffff) % partitions);
});

test('what is no text becomes JSON as a key; nothing becomes no key, and goes where its sequence says', () => {
  const keyOf = (value: unknown) => messageOf(event(4, { value }), 'value', 3).key?.toString();
  expect([keyOf('ä'), keyOf(7), keyOf({ a: 1 }), keyOf(''), keyOf(null), keyOf(undefined)]).toEqual([
    ...['ä', '7', '{"a":1}', '', undefined, undefined],
  ]);
  expect(messageOf(event(4, { value: null }), 'value', 3)).toMatchObject({ partition: 1, key: undefined });
  expect(messageOf(event(5, { value: 'a' }), undefined, 3)).toMatchObject({ partition: 2, key: undefined });
  expect(messageOf(event(5, { value: 'ä' }), undefined, 3).value.toString()).toBe('{"value":"ä"}');
});

test('a request has half a megabyte at most, or one message', () => {
  const sizes = [300, 200, 100, 900, 1, 511, 1].map((kib, partition) => ({
    ...{ partition, key: undefined },
    value: Buffer.alloc(kib * 1024),
  }));
  const requests = inRequests(sizes).map((request) => request.map(({ value }) => value.length / 1024));
  expect(requests).toEqual([[300, 200], [100], [900], [1, 511], [1]]);
  expect(inRequests([])).toEqual([]);
});
