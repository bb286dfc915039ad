import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acknowledgement } from '../../../templates/analytics/services/ingester/src/acknowledgement.ts';
import { copyMessages } from '../../../templates/analytics/services/ingester/src/copy.ts';
import { type Entry, entriesOf, fieldsOf, idOf } from '../../../templates/analytics/services/ingester/src/entries.ts';
import { checkEvent, type EventRow } from '../../../templates/analytics/services/ingester/src/event.ts';
import { latestSecond, plainRow } from '../../../templates/analytics/services/ingester/src/plain-event.ts';
import { plainReply, type Reply } from '../../../templates/analytics/services/ingester/src/resp.ts';
import { columnsOf, inOrder, type Row, rowOf } from '../../../templates/analytics/services/ingester/src/row.ts';
import { placed, written } from './replies.ts';

const NOW = new Date('2026-03-01T12:34:56.789Z');
const GOOD = {
  event_id: '0b0c6d5e-8f3a-4b7e-9c1d-2e3f4a5b6c7d',
  time: '2026-02-28T23:59:59.123456Z',
  event_type: 'click',
  user_id: 'user-1',
  properties: '{"page": "/p/1"}',
};

function entryOf(fields: readonly (string | Buffer)[]): Entry {
  const [entry] = entriesOf(placed(written([['1-0', fields as Reply[]]])), 0);
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

const fieldsWith = (more: Readonly<Record<string, string | Buffer | undefined>>) =>
  Object.entries({ ...GOOD, ...more }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));

/** The row that `checkEvent` makes of the fields. */
function checkedRow(entry: Entry): EventRow | undefined {
  const checked = checkEvent(fieldsOf(entry), NOW);
  return checked.ok ? checked.row : undefined;
}

const columnsOfTexts = ({ time, eventId, eventType, userId, properties }: EventRow) =>
  [time, eventId, eventType, userId, properties].map((text) => [text]);

test('entries are where they are in the reply, and those that were deleted are left out or have no fields', () => {
  const raw = [['1-0', ['a', 'ä', 'b', '']], null, ['1526919030474-55', null], ['2-0', []]] as const;
  const reply = placed(written([['events', raw]]));
  const entries = entriesOf(reply, 3);
  expect(plainReply(reply)).toEqual([['events', raw]]);
  expect(entries.map((entry) => [idOf(entry), entry.fields !== undefined, fieldsOf(entry)])).toEqual([
    ['1-0', true, ['a', 'ä', 'b', '']],
    ['1526919030474-55', false, []],
    ['2-0', true, []],
  ]);
  expect(entriesOf(placed(written(['0-0', [['7-1', ['a', 'b']]], ['3-0']])), 2).map(idOf)).toEqual(['7-1']);
  expect(() => entriesOf(placed(written([['1-0', 'text']])), 0)).toThrow('no list');
});

test('an acknowledgement is the command with the ids as they came', () => {
  const ids = ['1-0', '1526919030474-55', '18446744073709551615-18446744073709551615'];
  const entries = entriesOf(placed(written(ids.map((id) => [id, ['a', 'b']]))), 0);
  expect(plainReply(placed(acknowledgement('events', 'gruppe-ä', entries)))).toEqual([
    'XACK',
    'events',
    'gruppe-ä',
    ...ids,
  ]);
});

test.each([
  ['as they are', {}],
  ['without properties', { properties: undefined }],
  ['with other scripts', { event_type: 'ä€😀', user_id: '日本', properties: '{"grüße":"😀\\ud83d"}' }],
  ['with escapes', { event_type: 'a\tb', user_id: 'a\\b\r\n', properties: '{"a":\n"\\t\\\\"}' }],
  ['with an id in capitals', { event_id: GOOD.event_id.toUpperCase() }],
  ['at the end of the day ahead', { time: '2026-03-02T12:34:55.999999999Z' }],
  ['of the year 2000', { time: '2000-01-01T00:00:00Z' }],
])('an event %s is taken at first sight, with the columns that checkEvent finds', (_, more) => {
  const entry = entryOf(fieldsWith(more));
  const row = plainRow(entry, latestSecond(NOW));
  const checked = checkedRow(entry);
  expect(row && columnsOf([row])).toEqual(checked && columnsOfTexts(checked));
  expect(checked && columnsOf([rowOf(checked)])).toEqual(checked && columnsOfTexts(checked));
});

test.each([
  ['with another zone', fieldsWith({ time: '2026-02-28T23:59:59+01:00' })],
  ['of a leap day', fieldsWith({ time: '2024-02-29T00:00:00Z' })],
  ['with a name twice', [...fieldsWith({ properties: undefined }), 'user_id', 'user-2']],
  ['with a text of many bytes', fieldsWith({ user_id: 'ä'.repeat(200) })],
  ['with a text that is no UTF-8', fieldsWith({ user_id: Buffer.from([0xff, 0x61]) })],
])('an event %s is left to checkEvent, which takes it', (_, fields) => {
  const entry = entryOf(fields);
  expect(plainRow(entry, latestSecond(NOW))).toBeUndefined();
  expect(checkedRow(entry)).toBeDefined();
});

test('what is taken at first sight, checkEvent takes too and reads alike', () => {
  const value = fc.oneof(
    fc.constantFrom(...Object.values(GOOD), '', 'x'.repeat(200), 'x'.repeat(201), '{"a":1', '[]', '{}', 'ä', '\0'),
    fc.constantFrom(
      '2026-03-02T12:34:56Z',
      '2026-03-02T12:34:56.9Z',
      '2026-02-30T00:00:00Z',
      '1999-12-31T23:59:59Z',
      '2026-02-28T24:00:00Z',
    ),
    fc.constantFrom('2026-02-28T23:59:59.Z', '2026-02-28T23:59:59.1234567890Z', `${GOOD.time}\n`, `${GOOD.event_id}\n`),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const field = fc.tuple(fc.constantFrom(...Object.keys(GOOD), 'other', ''), value).map((pair) => [...pair]);
  const changed = fc.dictionary(fc.constantFrom(...Object.keys(GOOD)), value, { maxKeys: 2 });
  const fields = fc.oneof(
    changed.map(fieldsWith),
    fc.array(field, { maxLength: 6 }).map((pairs) => pairs.flat()),
  );
  fc.assert(
    fc.property(fields, (words) => {
      const entry = entryOf(words);
      const row = plainRow(entry, latestSecond(NOW));
      const checked = checkedRow(entry);
      if (row !== undefined) expect(columnsOf([row])).toEqual(checked && columnsOfTexts(checked));
    }),
    { numRuns: 1000 },
  );
});

test('rows are in the order of their ids, whatever they have in common', () => {
  const ids = [
    'ffffffff-ffff-4fff-8fff-ffffffffffff',
    '0189aaaa-bbbb-7000-8000-000000000002',
    '0189aaaa-bbbb-7000-8000-000000000001',
  ];
  const rows = ids.map((event_id) => plainRow(entryOf(fieldsWith({ event_id })), latestSecond(NOW)) as Row);
  expect(columnsOf(inOrder(rows))[1]).toEqual(ids.toReversed());
  const [capital] = rows.map((row) => row.order);
  expect(plainRow(entryOf(fieldsWith({ event_id: ids[0]?.toUpperCase() })), latestSecond(NOW))?.order).toBe(capital);
});

test('the messages of a COPY have every row escaped, and say how long they are', () => {
  const events = [{ user_id: 'a\tb\\c\r\nd', properties: '{"a":"\\n",\n"b":"ä"}' }, { properties: undefined }];
  const rows = events.map((more) => plainRow(entryOf(fieldsWith(more)), latestSecond(NOW)) as Row);
  const all = copyMessages(rows);
  const length = all.readUInt32BE(1);
  expect(all.toString('latin1', 0, 1)).toBe('d');
  expect(all.toString('utf8', 5, 1 + length)).toBe(
    `${GOOD.time}\t${GOOD.event_id}\tclick\ta\\tb\\\\c\\r\\nd\t{"a":"\\\\n",\\n"b":"ä"}\n` +
      `${GOOD.time}\t${GOOD.event_id}\tclick\tuser-1\t\\N\n`,
  );
  expect(all.subarray(1 + length)).toEqual(Buffer.from('c\0\0\0\x04'));
  const worst = rowOf({
    ...GOOD,
    eventId: GOOD.event_id,
    eventType: '\\'.repeat(200),
    userId: '\t'.repeat(200),
    properties: '\n'.repeat(65_536),
  });
  expect(copyMessages([worst, worst])).toHaveLength(10 + 2 * (GOOD.time.length + 36 + 2 * (400 + 65_536) + 5));
});
