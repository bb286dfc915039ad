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

test('waits are short at first, then a quarter of the time that it has taken', async () => {
  const times: number[] = [];
  const began = performance.now();
  const done = () => (times.push(performance.now() - began) === 15 ? true : undefined);
  // With the last one from the beginning it would hang.
  await poll(done, { everyMs: 600_000, firstMs: 1, signal: deadline(50_000) });
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  // Timers are early by a millisecond or two.
  for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan((times[index] ?? 0) / 5 - 2);
});
