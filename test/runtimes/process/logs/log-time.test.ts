import { expect, it } from 'vitest';
import { timeOfLine } from '../../../../src/runtimes/process/logs/log-time.ts';

const local = new Date(2026, 10, 21, 3, 17, 20, 123).toISOString();

it.each([
  ['2026-11-21T03:17:20.123Z hello', '2026-11-21T03:17:20.123Z'],
  ['2026-11-21T03:17:20Z', '2026-11-21T03:17:20.000Z'],
  ['2026-11-21T03:17:20.123456789+02:00 hello', '2026-11-21T01:17:20.123Z'],
  ['2026-11-21 03:17:20.123 UTC [42] LOG:  ready', '2026-11-21T03:17:20.123Z'],
  ['2026-11-21 03:17:20,123 INFO started', local],
  ['1234:M 21 Nov 2026 03:17:20.123 * Ready to accept connections', local],
  ['1234:X 21 Nov 2026 03:17:20.123 # +sdown master', local],
])('%s', (line, expected) => {
  expect(timeOfLine(line)?.toISOString()).toBe(expected);
});

it.each([
  '',
  'hello',
  '   at Object.<anonymous> 2026-11-21T03:17:20Z',
  '2026-13-41T03:17:20Z',
  '1234:M 21 Foo 2026 03:17:20.123 * x',
  '1234:C 99 Nov 2026 03:17:20.123 * x',
  'stackctl: starting as the master',
])('knows no time of %j', (line) => {
  expect(timeOfLine(line)).toBeUndefined();
});
