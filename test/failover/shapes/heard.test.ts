import { describe, expect, it } from 'vitest';
import { asHeard, heardRead, unheardUnexplained } from '../../../src/failover/shapes/heard.ts';
import type { WriteRecord } from '../../../src/stack/contract/failover.ts';

const sent = (value: number, answer = 1): WriteRecord => {
  const at = value * 100;
  return { value, intended: at, invoked: at, completed: at + 1, outcome: 'acked', node: 'redis-1', answer };
};
const stats = { sent: 0, sentRatePerS: null, late: 0, eventLoopLagMaxMs: 0 };

describe('messages', () => {
  it('are acknowledged, for their subscriber, when they first arrive', () => {
    const messages = [1, 3, 3].map((value, index) => ({ value, at: 100 + index }));
    const read = heardRead({ ...stats, heard: { messages, away: [{ from: 1, to: 2 }] } });
    expect(read).toMatchObject({ values: [1, 3, 3], heardAt: [100, 101, 102], away: [{ from: 1, to: 2 }] });
    const failed: WriteRecord = { ...sent(4), outcome: 'failed', error: 'no master known' };
    expect(asHeard([sent(1), sent(2), sent(3), failed], read)).toMatchObject([
      { value: 1, outcome: 'acked', completed: 100 },
      { value: 2, outcome: 'unknown', completed: 201 },
      { value: 3, outcome: 'acked', completed: 101 },
      { value: 4, outcome: 'failed' },
    ]);
    expect(asHeard([sent(1)], undefined)).toMatchObject([{ outcome: 'unknown' }]);
    expect(heardRead(stats)).toMatchObject({ values: [], heardAt: [], away: [] });
  });

  /** Sent are 1 to 9, a fault at 450 ms, and the subscriber is on its way from 520 to 710 ms. */
  const unexplained = (arrived: readonly number[], answers: Readonly<Record<number, number>> = {}) => {
    const history = Array.from({ length: 9 }, (_, index) => sent(index + 1, answers[index + 1]));
    const lost = history.map(({ value }) => value).filter((value) => !arrived.includes(value));
    return unheardUnexplained(lost, history, [{ from: 520, to: 710 }], 450);
  };

  it('that nobody was subscribed for are explained by a fault, and those that the subscriber was on its way for', () => {
    expect(unexplained([1, 2, 3, 4, 8, 9])).toBe(0);
    expect(unexplained([1, 2, 3, 4, 5, 6, 7, 9], { 8: 0 })).toBe(0);
  });

  it('that are missing otherwise are not: before a fault, or while the subscriber was there', () => {
    expect(unexplained([1, 3, 4, 8, 9])).toBe(1);
    expect(unexplained([1, 3, 4, 8, 9], { 2: 0 })).toBe(1);
    expect(unexplained([1, 2, 3, 4, 5, 6, 7, 9])).toBe(1);
    // However long it lasts: a silence does not explain itself.
    expect(unexplained([1, 2, 3, 4, 5, 6, 7])).toBe(2);
  });
});
