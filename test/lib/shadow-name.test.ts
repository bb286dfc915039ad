import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { isLeftOver, shadowComment, shadowName } from '../../src/lib/shadow-name.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const MINUTE = 60_000;
const later = (minutes: number) => new Date(NOW.getTime() + minutes * MINUTE);
const found = { name: shadowName(NOW), comment: shadowComment(NOW), inUse: false };

test('two names differ, and both fit into 63 bytes', () => {
  expect(shadowName(NOW)).toMatch(/^stackctl_shadow_[0-9a-z]+_[0-9a-f]{8}$/);
  expect(shadowName(NOW)).not.toBe(shadowName(NOW));
});

test.each([
  ['of this process', found, 600, false],
  [
    'of a process that has ended',
    { ...found, comment: found.comment.replace(/"started":"[^"]*"/, '"started":"0@x"') },
    0,
    true,
  ],
  ['of a pid that is in use by another', { ...found, comment: found.comment.replace(/"pid":\d+/, '"pid":1') }, 0, true],
  ['in use', { ...found, comment: '', inUse: true }, 600, false],
  ['of another host, a while ago', { ...found, comment: found.comment.replace(hostname(), 'elsewhere') }, 59, false],
  ['of another host, long ago', { ...found, comment: found.comment.replace(hostname(), 'elsewhere') }, 61, true],
  ['just made, not named yet', { ...found, comment: '' }, 0.5, false],
  ['never named', { ...found, comment: '' }, 2, true],
  ["somebody else's", { ...found, name: 'stackctl_shadow_mine' }, 600, false],
])('one that is %s', (_title, shadow, minutes, expected) => {
  expect(isLeftOver(shadow, later(minutes))).toBe(expected);
});
