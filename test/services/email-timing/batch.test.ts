import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fetched } from '../../../packages/service-kit/src/kafka/index.ts';
import { sortMessages } from '../../../templates/email-timing/services/consumer/src/batch.ts';
import { tabSeparated } from '../../../templates/email-timing/services/consumer/src/tab-separated.ts';
import { isPlainEvent, timingEvent } from '../../../templates/email-timing/shared/event.ts';

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

test('what is an event at first sight is one by the schema, and nearly every event is one', () => {
  const two = fc.integer({ min: 0, max: 61 }).map((number) => String(number).padStart(2, '0'));
  const time = fc
    .tuple(fc.integer({ min: 1960, max: 2210 }), two, two, two, two, two)
    .map(([year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  const date = fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
  const other = fc.anything({ maxDepth: 1 });
  const event = fc.record({
    event_id: fc.oneof(fc.constantFrom('ev_1', '7:shop', '', ':a', 'a@b', 'a\n'), other),
    universal_id: fc.oneof(fc.constantFrom('sf_1', 'sf_', 'sf_a-b', 'SF_1'), other),
    event_type: fc.oneof(fc.constantFrom('opened', 'clicked', 'eaten'), other),
    timestamp: fc.oneof(
      time,
      date.map((one) => one.toISOString()),
      other,
    ),
    provider: fc.oneof(fc.constantFrom('sandbox', '-a', 'A'), other),
    metadata: fc.oneof(fc.constantFrom({}, { a: [null, { b: 1 }] }, []), fc.jsonValue()),
  });
  fc.assert(
    fc.property(event, (one) => {
      const json: unknown = JSON.parse(JSON.stringify(one));
      if (isPlainEvent(json)) expect(timingEvent.safeParse(json)).toMatchObject({ success: true });
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(date, (day) => {
      const timestamp = day.toISOString();
      expect(isPlainEvent({ ...EVENT, timestamp })).toBe(!timestamp.includes('-02-29T'));
      expect(timingEvent.safeParse({ ...EVENT, timestamp })).toMatchObject({ success: true });
    }),
  );
});

test('a row is one line, whatever its metadata has in it', () => {
  const metadata = JSON.stringify({ text: 'tab\tline\nback\\slash' });
  const row = { ...EVENT, metadata };
  expect(tabSeparated(row)).toBe(
    'ev_1\tsf_1\topened\t2026-01-02T03:04:05.678Z\tsandbox\t{"text":"tab\\\\tline\\\\nback\\\\\\\\slash"}\n',
  );
});
