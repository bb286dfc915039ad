import { expect, test, vi } from 'vitest';
import { insertState, kafkaState } from '../../../templates/email-timing/services/consumer/src/checks.ts';
import { openPipeline } from '../../../templates/email-timing/services/consumer/src/pipeline.ts';
import type { Stats } from '../../../templates/email-timing/services/consumer/src/stats.ts';
import type { InsertResult } from '../../../templates/email-timing/services/consumer/src/store.ts';
import { blockOf } from './messages.ts';

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
    blocks: [blockOf([undefined])],
    count: 1,
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

/** A pipeline whose batches have one message each; `insert` and `commit` are what the test makes of them. */
function pipelineOf(parts: { readonly insert: () => Promise<InsertResult>; readonly commit: () => Promise<boolean> }) {
  const calls: string[] = [];
  let offset = 0n;
  const pipeline = openPipeline({
    join: async () => ({
      fetch: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        const blocks = [blockOf([undefined], offset)];
        calls.push(`fetch ${offset}`);
        offset += 1n;
        return { blocks, count: 1, next: [], generation: 1, lag: 0 };
      },
      commit: async () => {
        calls.push('commit');
        return parts.commit();
      },
      rebalanced: () => new AbortController().signal,
      partitions: () => [0],
      generation: () => 1,
      leave: async () => {
        calls.push('leave');
        void pipeline.stop();
      },
    }),
    store: {
      insert: (_rows, dead) => {
        calls.push(`insert ${dead[0]?.offset}`);
        return parts.insert();
      },
      check: async () => undefined,
      close: async () => undefined,
    },
    commitDelayMs: 0,
    log: { info: () => undefined, warn: () => undefined },
    now: () => NOW,
  });
  return { pipeline, calls };
}

test('one batch is fetched while one is inserted, and is inserted after that one is committed', async () => {
  const answers: (() => void)[] = [];
  const { pipeline, calls } = pipelineOf({
    insert: () => new Promise((resolve) => answers.push(() => resolve({ inserted: 0, dead: [] }))),
    commit: async () => true,
  });
  const running = pipeline.run();
  await vi.waitFor(() => expect(calls).toEqual(['fetch 0', 'insert 0', 'fetch 1']), { interval: 1 });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual(['fetch 0', 'insert 0', 'fetch 1']);
  answers[0]?.();
  await vi.waitFor(() => expect(calls.slice(3)).toEqual(['commit', 'insert 1', 'fetch 2']), { interval: 1 });
  const stopped = pipeline.stop();
  answers[1]?.();
  await Promise.all([running, stopped]);
  expect(calls.slice(6)).toEqual(['commit', 'leave']);
});

test('a commit that fails ends the membership before the next batch is inserted', async () => {
  let inserts = 0;
  const { pipeline, calls } = pipelineOf({
    insert: async () => {
      if (++inserts > 1) void pipeline.stop();
      return { inserted: 0, dead: [] };
    },
    commit: async () => {
      throw new Error('no answer');
    },
  });
  await pipeline.run();
  expect(calls.filter((call) => !call.startsWith('fetch'))).toEqual(['insert 0', 'commit', 'leave']);
});
