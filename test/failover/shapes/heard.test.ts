import { describe, expect, it } from 'vitest';
import { asHeard, heardRead, unheardUnexplained } from '../../../src/failover/shapes/heard.ts';
import type { WriteRecord } from '../../../src/stack/contract/failover.ts';

const sent = (value: number, answer = 1): WriteRecord => {
  const at = value * 10;
  return { value, intended: at, invoked: at, completed: at + 1, outcome: 'acked', node: 'redis-1', answer };
};
const stats = { sent: 0, sentRatePerS: null, late: 0, eventLoopLagMaxMs: 0 };
const heard = (...values: readonly number[]) =>
  heardRead({ ...stats, heard: values.map((value) => ({ value, at: value * 10 + 0.5 })) });

describe('messages', () => {
  it('are acknowledged, for their subscriber, when they first arrive', () => {
    const read = heardRead({ ...stats, heard: [1, 3, 3].map((value, index) => ({ value, at: 100 + index })) });
    expect(read.values).toEqual([1, 3, 3]);
    const failed: WriteRecord = { ...sent(4), outcome: 'failed', error: 'no master known' };
    expect(asHeard([sent(1), sent(2), sent(3), failed], read)).toMatchObject([
      { value: 1, outcome: 'acked', completed: 100 },
      { value: 2, outcome: 'unknown', completed: 21 },
      { value: 3, outcome: 'acked', completed: 101 },
      { value: 4, outcome: 'failed' },
    ]);
    expect(asHeard([sent(1)], undefined)).toMatchObject([{ outcome: 'unknown' }]);
  });

  /** Sent are 1 to 9, a fault at 45 ms. */
  const unexplained = (arrived: readonly number[], answers: Readonly<Record<number, number>> = {}) => {
    const history = Array.from({ length: 9 }, (_, index) => sent(index + 1, answers[index + 1]));
    const lost = history.map(({ value }) => value).filter((value) => !arrived.includes(value));
    return unheardUnexplained(lost, history, asHeard(history, heard(...arrived)), 45);
  };

  it('that nobody was subscribed for are explained by a fault, and those until something is heard again', () => {
    expect(unexplained([1, 2, 3, 4, 8, 9])).toBe(0);
    expect(unexplained([1, 2, 3, 4, 6, 8, 9], { 5: 0, 7: 0 })).toBe(0);
    expect(unexplained([1, 2, 3, 4])).toBe(0);
  });

  it('that are missing before a fault, or when messages arrive again, are not', () => {
    expect(unexplained([1, 3, 4, 8, 9])).toBe(1);
    expect(unexplained([1, 3, 4, 8, 9], { 2: 0 })).toBe(1);
    expect(unexplained([1, 2, 3, 4, 7, 9])).toBe(1);
  });
});
