import { expect, test } from 'vitest';
import { lineDiff } from '../../src/lib/line-diff.ts';

test('shows what differs with two lines around it', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].join('\n');
  expect(lineDiff(before, before.replace('d', 'D\nnew')).split('\n')).toEqual([
    ' b',
    ' c',
    '-d',
    '+D',
    '+new',
    ' e',
    ' f',
  ]);
  expect(lineDiff('a\nb', 'a\nb')).toBe('');
  expect(lineDiff('a\na', 'a')).toBe(' a\n-a');
});

test('takes texts whose lines have nothing in common, however long they are', () => {
  const lines = (letter: string) => Array.from({ length: 20_000 }, (_, index) => `${letter}${index}`).join('\n');
  const shown = lineDiff(`same\n${lines('a')}`, `same\n${lines('b')}`).split('\n');
  expect(shown).toHaveLength(40_001);
  expect([shown[0], shown[1], shown.at(-1)]).toEqual([' same', '-a0', '+b19999']);
});
