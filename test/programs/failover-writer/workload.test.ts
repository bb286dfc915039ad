import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SentRecord } from '../../../src/programs/failover-writer/protocol/plan.ts';
import { startWorkload } from '../../../src/programs/failover-writer/workload.ts';
import type { WriteOutcome } from '../../../src/stack/contract/failover.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(write: (value: number) => Promise<WriteOutcome>) {
  const records: SentRecord[] = [];
  const workload = startWorkload({ ratePerS: 250, clock: performance, write, onRecord: (one) => records.push(one) });
  return { workload, records };
}

const ack = async (): Promise<WriteOutcome> => ({ type: 'acked', at: performance.now(), node: 'redis-1' });

it('sends on a fixed schedule, with values that are never used twice', async () => {
  const { workload, records } = start(ack);
  await vi.advanceTimersByTimeAsync(1000);
  workload.stop();
  await workload.drain(10);
  expect(workload.stats()).toEqual({ sent: 251, sentRatePerS: 250, late: 0, eventLoopLagMaxMs: 0 });
  expect(records.map(({ value }) => value)).toEqual(Array.from({ length: 251 }, (_, index) => index + 1));
  const [first, second] = records;
  expect((second?.intended ?? 0) - (first?.intended ?? 0)).toBeCloseTo(4);
});

it('is not slowed down by writes that get no answer, and calls them unknown at the end', async () => {
  const { workload, records } = start(() => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(100);
  workload.stop();
  const drained = workload.drain(50);
  await vi.advanceTimersByTimeAsync(50);
  await drained;
  expect(workload.stats().sent).toBe(26);
  expect(records).toHaveLength(26);
  expect(new Set(records.map(({ outcome }) => outcome.type))).toEqual(new Set(['unknown']));
});

it('does not change its mind about a write whose answer comes after the drain', async () => {
  let answer: (outcome: WriteOutcome) => void = () => undefined;
  const { workload, records } = start(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  workload.stop();
  const drained = workload.drain(10);
  await vi.advanceTimersByTimeAsync(10);
  await drained;
  answer(await ack());
  await vi.advanceTimersByTimeAsync(10);
  expect(records.map(({ outcome }) => outcome.type)).toEqual(['unknown']);
});

it('makes up for a stalled process: no write is dropped, the late ones are counted with their intended time', async () => {
  let now = 0;
  const records: SentRecord[] = [];
  const clock = { now: () => now };
  const workload = startWorkload({
    ratePerS: 250,
    clock,
    write: async () => ({ type: 'acked', at: now, node: 'redis-1' }),
    onRecord: (one) => records.push(one),
  });
  now = 100; // the process was frozen
  await vi.advanceTimersByTimeAsync(4);
  workload.stop();
  await workload.drain(1);
  expect(workload.stats()).toEqual({ sent: 26, sentRatePerS: 250, late: 23, eventLoopLagMaxMs: 96 });
  expect(records[1]).toMatchObject({ value: 2, intended: 4, invoked: 100 });
});

it('sends nothing after it was stopped', async () => {
  const { workload } = start(ack);
  workload.stop();
  await vi.advanceTimersByTimeAsync(100);
  expect(workload.stats().sent).toBe(1);
});
