import { expect, test, vi } from 'vitest';
import { insertState, kafkaState } from '../../../templates/email-timing/services/consumer/src/checks.ts';
import { openPipeline } from '../../../templates/email-timing/services/consumer/src/pipeline.ts';
import type { Stats } from '../../../templates/email-timing/services/consumer/src/stats.ts';
import type { InsertResult } from '../../../templates/email-timing/services/consumer/src/store.ts';

const NOW = new Date('2026-01-01T00:01:00.000Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
const STATS: Stats = {
  received: 9,
  inserted: 9,
  deadLettered: 0,
  batches: 1,
  partitions: [0, 2],
  generation: 1,
  lag: 4,
  lastFetchAt: ago(100),
  insertingSince: null,
  lastInsertAt: null,
  lastCommitAt: null,
  kafkaProblem: null,
  clickhouseProblem: null,
};

test('all is well', () => {
  expect(kafkaState(STATS, NOW, 0)).toBe('partitions 0, 2, lag 4');
  expect(() => insertState(STATS, NOW)).not.toThrow();
});

test('a fetch without an answer is blamed on Kafka', () => {
  const stats = { ...STATS, lastFetchAt: ago(9000), lastInsertAt: ago(8900) };
  expect(() => kafkaState(stats, NOW, 0)).toThrow('the last fetch was 9000 ms ago');
  expect(() => kafkaState(stats, NOW, 7000)).not.toThrow();
  expect(() => insertState(stats, NOW)).not.toThrow();
});

test('an insert without an answer is blamed on ClickHouse alone, and on nobody once it is through', () => {
  const hanging = { ...STATS, lastFetchAt: ago(9000), insertingSince: ago(8900) };
  expect(() => kafkaState(hanging, NOW, 0)).not.toThrow();
  expect(() => insertState(hanging, NOW)).toThrow('8900 ms');
  const through = { ...STATS, lastFetchAt: ago(9000), lastInsertAt: ago(10) };
  expect(() => kafkaState(through, NOW, 0)).not.toThrow();
  expect(() => insertState(through, NOW)).not.toThrow();
});

test('the pipeline says that it inserts for as long as it does', async () => {
  let answer: (result: InsertResult) => void = () => expect.fail('nothing is being inserted');
  const fetch = {
    messages: [{ topic: 't', partition: 0, offset: 0n, key: undefined, value: undefined }],
    next: [],
    generation: 1,
    lag: 0,
  };
  const pipeline = openPipeline({
    join: async () => ({
      fetch: async () => fetch,
      commit: async () => {
        void pipeline.stop();
        return true;
      },
      rebalanced: () => new AbortController().signal,
      partitions: () => [0],
      generation: () => 1,
      leave: async () => undefined,
    }),
    store: {
      insert: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      check: async () => undefined,
      close: async () => undefined,
    },
    commitDelayMs: 0,
    log: { info: () => undefined, warn: () => undefined },
    now: () => NOW,
  });
  const running = pipeline.run();
  await vi.waitFor(() => expect(pipeline.stats().insertingSince).toBe(NOW.toISOString()), { interval: 1 });
  expect(pipeline.stats().lastInsertAt).toBeNull();
  answer({ inserted: 0, dead: [] });
  await running;
  expect(pipeline.stats()).toMatchObject({ insertingSince: null, lastInsertAt: NOW.toISOString() });
});
