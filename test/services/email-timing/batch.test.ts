import { expect, test } from 'vitest';
import type { Fetched } from '../../../packages/service-kit/src/kafka/index.ts';
import { sortMessages } from '../../../templates/email-timing/services/consumer/src/batch.ts';

const EVENT = {
  event_id: 'ev_1',
  universal_id: 'sf_1',
  event_type: 'opened',
  timestamp: '2026-01-02T03:04:05.678Z',
  provider: 'sandbox',
  metadata: { persona: 'night_owl', latency_seconds: 12 },
};

function fetched(value: unknown, offset = 0): Fetched {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { topic: 't', partition: 1, offset: BigInt(offset), key: Buffer.from('sf_1'), value: Buffer.from(text) };
}

test('an event is a row with its metadata as text', () => {
  const { rows, dead } = sortMessages([fetched(EVENT)]);
  expect(dead).toEqual([]);
  expect(rows.map(({ row }) => row)).toEqual([{ ...EVENT, metadata: JSON.stringify(EVENT.metadata) }]);
});

test.each([
  ['half of a text', '{"half', 'not JSON'],
  ['a list', '[]', 'event: '],
  ['an unknown type', { ...EVENT, event_type: 'eaten' }, 'event_type: '],
  ['a time in words', { ...EVENT, timestamp: 'yesterday' }, 'timestamp: '],
  ['an address as id', { ...EVENT, universal_id: 'alice@example.com' }, 'universal_id: '],
  ['a field too many', { ...EVENT, more: 1 }, 'event: '],
])('%s is a dead letter that says why and keeps its place', (_, value, reason) => {
  const { rows, dead } = sortMessages([fetched(value, 7), fetched(EVENT, 8)]);
  expect(rows).toHaveLength(1);
  expect(dead).toMatchObject([{ topic: 't', partition: 1, offset: '7', reason: expect.stringContaining(reason) }]);
  expect(dead[0]?.reason).not.toContain('alice');
});

test('a message without a value is a dead letter', () => {
  expect(sortMessages([{ ...fetched(''), value: undefined }]).dead).toMatchObject([{ reason: 'no value', value: '' }]);
});
