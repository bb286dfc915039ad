import { expect, test } from 'vitest';
import { formatDuration, formatTyped, isTooLong, LONGEST_SPAN_MS, parseDuration } from '../../src/lib/duration.ts';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1m30s', 90_000],
  ['1h', 3_600_000],
  ['0s', 0],
  ['24d', 2_073_600_000],
  ['60', undefined],
  ['', undefined],
  ['s', undefined],
  ['10 s', undefined],
  ['-1s', undefined],
  ['10sx', undefined],
  ['25d', undefined],
  ['1d2h3m4s5ms', 93_784_005],
  ['30s1m', undefined],
  ['1s1s', undefined],
])('parseDuration(%j)', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test('a span that no timer waits for may be longer', () => {
  expect(parseDuration('30d', LONGEST_SPAN_MS)).toBe(30 * 86_400_000);
  expect(parseDuration('4000d', LONGEST_SPAN_MS)).toBeUndefined();
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1.0 s'],
  [8440, '8.4 s'],
  [59_949, '59.9 s'],
  [59_999, '1 m 00 s'],
  [65_000, '1 m 05 s'],
  [7_380_000, '2 h 03 m'],
])('formatDuration(%i)', (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected);
});

test.each([
  [0, '0ms'],
  [1500, '1500ms'],
  [10_000, '10s'],
  [90_000, '90s'],
  [120_000, '2m'],
  [86_400_000, '1d'],
])('formatTyped(%i) is %s, which parseDuration takes', (ms, expected) => {
  expect(formatTyped(ms)).toBe(expected);
  expect(parseDuration(expected)).toBe(ms);
});

test.each([
  ['99999999h', true],
  ['25d', true],
  ['24d', false],
  ['5', false],
  ['1s99999999h', false],
])('%s is longer than a timer: %s', (text, expected) => expect(isTooLong(text)).toBe(expected));
