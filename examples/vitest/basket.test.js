import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { basketOf } from './basket.js';

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.quit());

test('a basket counts what is put into it', async () => {
  const basket = basketOf(redis, 'ada');
  await basket.put('pen');
  await basket.put('pen', 2);
  expect(await basket.all()).toEqual({ pen: 3 });
});
