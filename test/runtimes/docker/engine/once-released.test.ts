import { expect, test } from 'vitest';
import { onceReleased } from '../../../../src/runtimes/docker/engine/once-released.ts';

const refused = (statusCode: number): Error => Object.assign(new Error(`HTTP ${statusCode}`), { statusCode });

test.concurrent('what is in use for a moment is removed after it', async () => {
  const answers = [refused(409), refused(403)];
  let asked = 0;
  await onceReleased(async () => {
    asked += 1;
    const answer = answers.shift();
    if (answer !== undefined) throw answer;
  });
  expect(asked).toBe(3);
});

test("what stays in use ends with the Engine's refusal, any other refusal at once", async () => {
  const inUse = refused(409);
  await expect(onceReleased(() => Promise.reject(inUse), 150)).rejects.toBe(inUse);
  let asked = 0;
  const remove = (): Promise<never> => {
    asked += 1;
    return Promise.reject(refused(404));
  };
  await expect(onceReleased(remove)).rejects.toMatchObject({ statusCode: 404 });
  expect(asked).toBe(1);
});
