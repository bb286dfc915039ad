import { expect, test } from 'vitest';
import { allDone } from '../../src/lib/all-done.ts';

test('results come in their order', async () => {
  expect(await allDone([Promise.resolve(1), 'two', Promise.resolve([3])])).toEqual([1, 'two', [3]]);
});

test('the first failure is thrown only when everything has ended', async () => {
  let ended = false;
  const slow = new Promise((resolve) => setImmediate(resolve)).then(() => {
    ended = true;
    throw new Error('second');
  });
  await expect(allDone([Promise.reject(new Error('first')), slow])).rejects.toThrow('first');
  expect(ended).toBe(true);
});
