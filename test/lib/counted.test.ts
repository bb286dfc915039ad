import { expect, test } from 'vitest';
import { counted } from '../../src/lib/counted.ts';

test.each([
  [counted(0, 'key'), '0 keys'],
  [counted(1, 'key'), '1 key'],
  [counted(2, 'entry', 'entries'), '2 entries'],
  [counted(1, 'write was', 'writes were'), '1 write was'],
])('%s', (text, expected) => {
  expect(text).toBe(expected);
});
