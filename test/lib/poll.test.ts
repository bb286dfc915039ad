import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { anyOf, deadline, isTimeout, poll } from '../../src/lib/poll.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a deadline comes, whatever the garbage collector does meanwhile', async () => {
  const parent = new AbortController();
  const waiting = poll(() => undefined, { everyMs: 1, signal: deadline(60, deadline(10_000, parent.signal)) });
  const outcome = waiting.catch((error: unknown) => error);
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isTimeout(await outcome)).toBe(true);
});

test('the first of several signals ends it, with its reason', async () => {
  const [slow, fast] = [new AbortController(), new AbortController()];
  const signal = anyOf([slow.signal, fast.signal]);
  fast.abort(new Error('enough'));
  expect(signal.aborted).toBe(true);
  await expect(poll(() => undefined, { everyMs: 1, signal })).rejects.toThrow('enough');
});

test('waits are short at first and double', async () => {
  let attempts = 0;
  const began = performance.now();
  const done = () => (++attempts === 4 ? attempts : undefined);
  // 1, 2 and 4 ms: with the last one from the beginning it would hang.
  expect(await poll(done, { everyMs: 600_000, firstMs: 1, signal: deadline(50_000) })).toBe(4);
  expect(performance.now() - began).toBeGreaterThan(5);
});
