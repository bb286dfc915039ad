import { expect, test } from 'vitest';
import { defined } from '../../src/lib/defined.ts';

test('leaves out what has no value, and nothing else', () => {
  const hint: string | undefined = undefined;
  expect(Object.entries(defined({ hint, count: 0, text: '', none: null, no: false }))).toEqual([
    ['count', 0],
    ['text', ''],
    ['none', null],
    ['no', false],
  ]);
});
