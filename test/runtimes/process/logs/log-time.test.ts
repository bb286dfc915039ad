import { expect, it } from 'vitest';
import { timeOfLine } from '../../../../src/runtimes/process/logs/log-time.ts';

const local = new Date(2026, 10, 21, 3, 17, 20, 123).toISOString();

it.each([
  ['2026-11-21T03:17:20.123Z hello', '2026-11-21T03:17:20.123Z'],
  ['2026-11-21T03:17:20Z', '2026-11-21T03:17:20.000Z'],
  ['2026-11-21T03:17:20.123456789+02:00 hello', '2026-11-21T01:17:20.123Z'],
  ['2026-11-21 03:17:20.123 UTC [42] LOG:  ready', '2026-11-21T03:17:20.123Z'],
  ['2026-11-21 03:17:20,123 INFO started', local],
])('%s', (line, expected) => {
  expect(timeOfLine(line)?.toISOString()).toBe(expected);
});

it.each([
  '',
  'hello',
  '   at Object.<anonymous> 2026-11-21T03:17:20Z',
  '2026-13-41T03:17:20Z',
  'stackctl: starting as the master',
])('knows no time of %j', (line) => {
  expect(timeOfLine(line)).toBeUndefined();
});
