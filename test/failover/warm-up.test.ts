import { describe, expect, it } from 'vitest';
import { isWell } from '../../src/failover/warm-up.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

const writes = (from: number, to: number, outcome: WriteRecord['outcome'] = 'acked'): WriteRecord[] =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const value = from + index;
    return { value, intended: value, invoked: value, completed: value + 1, outcome };
  });

describe('a group is well again', () => {
  it('once of a hundred writes no more than one is missing', () => {
    expect(isWell(writes(1, 100), 0)).toBe(true);
    const later = [...writes(1, 500, 'failed'), ...writes(501, 599), ...writes(600, 600, 'failed')];
    expect(isWell(later, 0)).toBe(true);
  });

  it('not while there are fewer, or more of them missing, or some of them are of before', () => {
    expect(isWell([], 0)).toBe(false);
    expect(isWell(writes(1, 99), 0)).toBe(false);
    expect(isWell([...writes(1, 98), ...writes(99, 100, 'unknown')], 0)).toBe(false);
    expect(isWell(writes(1, 200), 150)).toBe(false);
  });
});
