import { Redis } from 'ioredis';
import { up } from 'stackctl';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basketOf } from './basket.js';

let stack;
beforeAll(async () => {
  stack = await up('redis-sentinel', { values: { downAfterMs: 1000 } });
});
afterAll(() => stack?.dispose());

test('a basket outlives the master', async () => {
  const redis = new Redis({ ...stack.connection('sentinel').ioredis, maxRetriesPerRequest: null });
  // While there is no master.
  redis.on('error', () => undefined);
  const basket = basketOf(redis, 'emmy');
  await basket.put('ink');
  // Acknowledged by a replica too: what only the master has goes with it.
  await redis.wait(1, 1000);
  await stack.inject('redis', 'kill');
  await basket.put('paper');
  expect(await basket.all()).toEqual({ ink: 1, paper: 1 });
  redis.disconnect();
});
