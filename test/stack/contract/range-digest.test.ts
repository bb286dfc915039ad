import { expect, test } from 'vitest';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import {
  digitsWord,
  prefixWords,
  RANGE_EVENTS,
  rangeIndexOf,
  rangeStart,
  START_LENGTH,
} from '../../../src/stack/contract/range-digest.ts';

const RUN = 'a1b2c3d4-e5f6';

test('a range is known by what its ids begin with', () => {
  for (const sequence of [0, 255, 256, 1_000_000, 2 ** 48 - 1]) {
    const index = Math.floor(sequence / RANGE_EVENTS);
    const start = eventId(RUN, sequence).slice(0, START_LENGTH);
    expect([rangeStart(RUN, index), rangeIndexOf(RUN, start)]).toEqual([start, index]);
  }
});

test.each([
  'a1b2c3d4-e5f6-8000-8000-00000000A0',
  'A1b2c3d4-e5f6-8000-8000-0000000000',
  'a1b2c3d4-e5f6-8000-8000-000000000',
  'a1b2c3d4-e5f6-8000-8000-00000000001',
  'a1b2c3d4-e5f6-8000-8000-00000000z0',
  'a1b2c3d4-e5f6-8000-8001-0000000000',
  'a1b2c3d4-e5f7-8000-8000-0000000000',
  'a1b2c3d4-e5f6-8000-8000-0x00000000',
  '',
])('no id of the run begins with %s', (start) => expect(rangeIndexOf(RUN, start)).toBeUndefined());

test('words are those of the text', () => {
  const bytes = Buffer.from(eventId(RUN, 0xfedcba987654));
  const words = Array.from({ length: 9 }, (_, word) => bytes.readInt32LE(4 * word));
  expect([...prefixWords(RUN), digitsWord(0xfedc), digitsWord(0xba98), digitsWord(0x7654)]).toEqual(words);
});
