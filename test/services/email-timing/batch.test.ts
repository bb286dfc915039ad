import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortMessages } from '../../../templates/email-timing/services/consumer/src/batch.ts';
import { writePlainLine } from '../../../templates/email-timing/services/consumer/src/plain-event.ts';
import { tabSeparated } from '../../../templates/email-timing/services/consumer/src/tab-separated.ts';
import { isPlainEvent, timingEvent } from '../../../templates/email-timing/shared/event.ts';
import { blockOf } from './messages.ts';

const EVENT = {
  event_id: 'ev_1',
  universal_id: 'sf_1',
  event_type: 'opened',
  timestamp: '2026-01-02T03:04:05.678Z',
  provider: 'sandbox',
  metadata: { persona: 'night_owl', latency_seconds: 12 },
};

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const lines = (values: readonly unknown[]) => {
  const { rows, dead } = sortMessages([blockOf(values.map(textOf))]);
  return { lines: rows.lines(0, rows.count).toString(), count: rows.count, dead };
};

test('an event is a row with its metadata as text', () => {
  expect(lines([EVENT])).toEqual({
    lines: 'ev_1\tsf_1\topened\t2026-01-02T03:04:05.678Z\tsandbox\t{"persona":"night_owl","latency_seconds":12}\n',
    count: 1,
    dead: [],
  });
});

test.each([
  ['half of a text', '{"half', 'not JSON'],
  ['a list', '[]', 'event: '],
  ['an unknown type', { ...EVENT, event_type: 'eaten' }, 'event_type: '],
  ['a time in words', { ...EVENT, timestamp: 'yesterday' }, 'timestamp: '],
  ['an address as id', { ...EVENT, universal_id: 'alice@example.com' }, 'universal_id: '],
  ['a field too many', { ...EVENT, more: 1 }, 'event: '],
])('%s is a dead letter that says why and keeps its place', (_, value, reason) => {
  const { rows, dead } = sortMessages([blockOf([value, EVENT].map(textOf), 7n)]);
  expect(rows.count).toBe(1);
  expect(rows.source(0)).toMatchObject({ offset: 8n, value: Buffer.from(textOf(EVENT)) });
  expect(dead).toMatchObject([{ topic: 't', partition: 1, offset: '7', reason: expect.stringContaining(reason) }]);
  expect(dead[0]?.reason).not.toContain('alice');
});

test('a message without a value is a dead letter', () => {
  const { dead } = sortMessages([blockOf([undefined, ''])]);
  expect(dead).toMatchObject([
    { offset: '0', reason: 'no value', value: '', key: 'sf_1' },
    { offset: '1', reason: 'no value' },
  ]);
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

/** What JSON.parse and the schema make of a value. */
function lineBySchema(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const result = timingEvent.safeParse(json);
    return result.success
      ? tabSeparated({ ...result.data, metadata: JSON.stringify(result.data.metadata) })
      : undefined;
  } catch {
    return undefined;
  }
}

test.each([
  ['as the connector writes it', JSON.stringify(EVENT)],
  ['with white space', JSON.stringify(EVENT, undefined, 2)],
  ['in another order', JSON.stringify(Object.fromEntries(Object.entries(EVENT).toReversed()))],
  ['with a key twice', JSON.stringify(EVENT).replace('{', '{"event_id":"other",')],
  ['with metadata twice', JSON.stringify(EVENT).replace('"persona"', '"persona":1,"persona"')],
  ['with numbers that are written in another way', JSON.stringify(EVENT).replace('12}', '1.20e1}')],
  ['with escapes', JSON.stringify({ ...EVENT, metadata: { text: 'tab\tline\nback\\slash "quoted" \u0000' } })],
  ['with an escaped id', JSON.stringify(EVENT).replace('ev_1', '\\u0065v_1')],
  ['with other scripts', JSON.stringify({ ...EVENT, metadata: { grüße: 'ä€😀\u2028' } })],
  ['of a leap day', JSON.stringify({ ...EVENT, timestamp: '2024-02-29T00:00:00.000Z' })],
  ['that is huge', JSON.stringify({ ...EVENT, metadata: { a: 'x'.repeat(900_000), b: '\\'.repeat(50_000) } })],
])('an event %s is stored as the schema reads it', (_, text) => {
  const line = lineBySchema(text);
  expect(line).toBeDefined();
  // Between others, so that every end is looked for.
  expect(lines([EVENT, text, EVENT])).toMatchObject({
    lines: `${lineBySchema(textOf(EVENT))}${line}${lineBySchema(textOf(EVENT))}`,
    count: 3,
  });
});

test('events of the connector and of profiles need no JSON.parse', () => {
  const metadata = {
    persona: 'night_owl',
    latency_seconds: 12,
    url: 'https://shop.example/?a=1',
    score: 0.25,
    tags: ['a', null],
  };
  for (const one of [EVENT, { ...EVENT, event_id: '7:shop', metadata: {} }, { ...EVENT, metadata }]) {
    const bytes = Buffer.from(JSON.stringify(one));
    expect(writePlainLine(bytes, 0, bytes.length, Buffer.alloc(bytes.length), 0)).toBeGreaterThan(0);
  }
});

test('a value that is cut off or no UTF-8 is what it is to JSON.parse', () => {
  const whole = JSON.stringify({ ...EVENT, metadata: { text: 'ä' } });
  const cut = Array.from({ length: whole.length }, (_, size) => whole.slice(0, size));
  const { rows, dead } = sortMessages([blockOf([...cut, whole])]);
  expect([rows.count, dead.length]).toEqual([1, cut.length]);
  const broken = Buffer.from(whole);
  broken[broken.indexOf(0xc3)] = 0xff;
  const { rows: repaired } = sortMessages([blockOf([broken])]);
  expect(repaired.lines(0, 1).toString()).toBe(lineBySchema(broken.toString('utf8')));
});

test('wherever a character is another one, a row is what the schema reads, and a dead letter what it refuses', () => {
  const character = fc.constantFrom(...'{}[]",:\\ \n01eE-.tTZaäsf_@\u0001');
  const metadata = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
  const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.array(character, { maxLength: 2 }));
  fc.assert(
    fc.property(metadata, fc.array(change, { maxLength: 2 }), (more, changes) => {
      const characters = [...JSON.stringify({ ...EVENT, metadata: more })];
      for (const [at, removed, added] of changes) characters.splice(at % characters.length, removed, ...added);
      const text = characters.join('');
      expect(lines([text]).lines).toBe(lineBySchema(text) ?? '');
    }),
    { numRuns: 1000 },
  );
});

test('rows of several partitions keep their messages', () => {
  const event = (id: string) => JSON.stringify({ ...EVENT, event_id: id });
  const { rows } = sortMessages([
    blockOf([event('a'), '[]', event('b')], 5n),
    blockOf(['']),
    blockOf([event('c')], 9n),
  ]);
  expect([0, 1, 2].map((row) => rows.source(row).offset)).toEqual([5n, 7n, 9n]);
  expect([rows.lines(0, 1), rows.lines(1, 3), rows.lines(1, 1)].map((part) => part.toString().match(/^\w+/gm))).toEqual(
    [['a'], ['b', 'c'], null],
  );
});
