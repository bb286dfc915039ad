import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseInstant } from '../../../packages/service-kit/src/instant.ts';

/** What `date -u -d` says about the text; GNU date refuses days that do not exist. */
function byDate(text: string): number {
  return Number(execFileSync('date', ['-u', '-d', text, '+%s%3N'], { encoding: 'utf8' }));
}

test.each([
  '2026-06-01',
  '2024-02-29',
  '1969-12-31',
  '2026-06-01T02:30Z',
  '2026-06-01T02:30:15Z',
  '2026-06-01T02:30:15.125Z',
  '2026-06-01T02:30+02:00',
  '2026-06-01T02:30:00-05:30',
  '2026-06-01T02:30+0530',
  '2026-06-01T02:30-11',
  '2026-12-31T23:59:59.999-12:00',
])('%s is the instant that date says it is', (text) => {
  expect(parseInstant(text)).toEqual({ ms: byDate(text) });
});

test.each([
  ['2026-06-01T02:30', /has no offset.*write 2026-06-01T02:30Z or/],
  ['2026-06-01T02:30:15.5', /has no offset/],
  ['2026-02-30', /calendar/],
  ['2026-02-29T00:00Z', /calendar/],
  ['2026-13-01', /calendar/],
  ['2026-00-10', /calendar/],
  ['2026-04-31T10:00:00+02:00', /calendar/],
  ['2026-06-01T24:00Z', /does not exist/],
  ['2026-06-01T10:60Z', /does not exist/],
  ['2026-06-01T10:00:60Z', /does not exist/],
  ['2026-06-01T10:00+24:00', /does not exist/],
  ['2026-06-01 02:30Z', /no instant in ISO 8601/],
  ['2026-6-1', /no instant/],
  ['01/06/2026', /no instant/],
  ['1780281000', /no instant/],
  ['2026', /no instant/],
  ['2026-06', /no instant/],
  ['yesterday', /no instant/],
  ['', /no instant/],
  [' 2026-06-01', /no instant/],
])('%j is refused', (text, why) => {
  expect(parseInstant(text)).toEqual({ problem: expect.stringMatching(why) });
});

test('what is finer than a millisecond is cut off, and old years are those years', () => {
  expect(parseInstant('2026-06-01T00:00:00.123999Z')).toEqual({ ms: Date.UTC(2026, 5, 1, 0, 0, 0, 123) });
  expect(parseInstant('0050-03-01')).toEqual({ ms: Date.parse('0050-03-01T00:00:00Z') });
});
