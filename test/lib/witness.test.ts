import { expect, it } from 'vitest';
import { isTimeout } from '../../src/lib/poll.ts';
import { witness } from '../../src/lib/witness.ts';

const QUICK = { everyMs: 1, limitMs: 50 };

it('says between which two looks it came about, also when the call returns much later', async () => {
  const looks: number[] = [];
  const begunAt = performance.now();
  let isDone = false;
  const look = (): boolean => {
    looks.push(performance.now());
    return looks.length > 3;
  };
  const seen = await witness(
    look,
    async () => {
      while (looks.length < 4) await new Promise((resolve) => setTimeout(resolve, 1));
      isDone = true;
    },
    QUICK,
  );
  expect(isDone).toBe(true);
  expect(looks).toHaveLength(4);
  expect(seen.notYetAt).toBeGreaterThanOrEqual(begunAt);
  expect(seen.notYetAt).toBeLessThanOrEqual(looks[2] ?? 0);
  expect(seen.seenAt).toBeGreaterThanOrEqual(looks[3] ?? Number.POSITIVE_INFINITY);
});

it('goes on looking for a while after the call', async () => {
  let isCalled = false;
  let looks = 0;
  const seen = witness(
    () => isCalled && ++looks > 2,
    async () => {
      isCalled = true;
    },
    { everyMs: 1, limitMs: 60_000 },
  );
  await expect(seen).resolves.toMatchObject({ seenAt: expect.any(Number) });
});

it('is a timeout when nothing is to be seen', async () => {
  const error = await witness(
    () => false,
    async () => undefined,
    QUICK,
  ).catch((reason: unknown) => reason);
  expect(isTimeout(error)).toBe(true);
});

it('fails as the call and as a look do', async () => {
  const failing = async (): Promise<never> => Promise.reject(new Error('no'));
  await expect(witness(() => false, failing, QUICK)).rejects.toThrow('no');
  await expect(witness(failing, async () => undefined, QUICK)).rejects.toThrow('no');
});
