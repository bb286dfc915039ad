import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { check } from '../../src/failover/checker.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

type Outcome = WriteRecord['outcome'];

function write(value: number, outcome: Outcome, node = 'redis-1'): WriteRecord {
  const times = { value, intended: value, invoked: value, completed: value + 1 };
  return outcome === 'acked' ? { ...times, outcome, node } : { ...times, outcome, error: 'E' };
}

const range = (from: number, to: number, node = 'redis-1') => ({ from, to, node, firstAt: from + 1, lastAt: to + 1 });

describe('check', () => {
  it.each<[string, Outcome, number[], Partial<ReturnType<typeof check>>]>([
    ['acked and present is fine', 'acked', [1], { lost: [] }],
    ['acked and absent is lost', 'acked', [], { lost: [1], lostRanges: [range(1, 1)] }],
    ['unknown and present is recovered', 'unknown', [1], { recovered: [1], lost: [], phantom: [] }],
    ['unknown and absent is fine', 'unknown', [], { recovered: [], lost: [] }],
    ['failed and absent is fine', 'failed', [], { misclassified: [], lost: [] }],
    ['failed and present is misclassified', 'failed', [1], { misclassified: [1], phantom: [] }],
    ['twice is a duplicate', 'acked', [1, 1], { duplicates: [1], lost: [] }],
    ['never attempted is a phantom', 'acked', [1, 7], { phantom: [7] }],
  ])('%s', (_name, outcome, values, expected) => {
    expect(check([write(1, outcome)], values)).toMatchObject(expected);
  });

  it('joins neighbours into ranges, and keeps apart what survived between them or another node acknowledged', () => {
    const history = [1, 2, 3, 4, 5, 6, 7].map((value) => write(value, 'acked', value < 6 ? 'redis-1' : 'redis-2'));
    expect(check(history, [3]).lostRanges).toEqual([range(1, 2), range(4, 5), range(6, 7, 'redis-2')]);
  });

  it('judges a history whose outcomes became known out of order', () => {
    const history = [write(3, 'acked'), write(1, 'acked'), write(2, 'acked')];
    expect(check(history, []).lostRanges).toEqual([range(1, 3)]);
  });
});

/** Outcomes by value, and for each whether it was applied where the outcome leaves that open. */
const sound = fc
  .array(fc.record({ outcome: fc.constantFrom<Outcome>('acked', 'failed', 'unknown'), applied: fc.boolean() }), {
    minLength: 1,
    maxLength: 200,
  })
  .map((writes) => ({
    history: writes.map(({ outcome }, index) => write(index + 1, outcome)),
    values: writes.flatMap(({ outcome, applied }, index) =>
      outcome === 'acked' || (outcome === 'unknown' && applied) ? [index + 1] : [],
    ),
  }));

const nothing = { lost: [], lostRanges: [], phantom: [], duplicates: [], misclassified: [] };

test('a sound history has no finding, whatever the order of its outcomes', () => {
  fc.assert(
    fc.property(sound, fc.nat(), ({ history, values }, seed) => {
      const shuffled = [...history].sort((a, b) => ((a.value * 7919 + seed) % 101) - ((b.value * 7919 + seed) % 101));
      const result = check(shuffled, values);
      expect(result).toMatchObject(nothing);
      expect(result.acked + result.failed + result.unknown).toBe(history.length);
    }),
  );
});

test('ranges hold exactly the lost values', () => {
  fc.assert(
    fc.property(sound, fc.array(fc.nat(199), { maxLength: 50 }), ({ history, values }, dropped) => {
      const { lost, lostRanges } = check(
        history,
        values.filter((value) => !dropped.includes(value)),
      );
      const spread = lostRanges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      expect(spread).toEqual(lost);
    }),
  );
});

/** The checker is what everything else is believed by: each way to spoil a sound run must be found, and only that one. */
describe('finds every seeded fault', () => {
  const mutations: readonly {
    readonly name: 'lost' | 'duplicates' | 'phantom' | 'misclassified';
    readonly candidates: (run: { history: WriteRecord[]; values: number[] }) => readonly number[];
    readonly spoil: (values: readonly number[], value: number) => readonly number[];
  }[] = [
    {
      name: 'lost',
      candidates: ({ history }) => history.filter(({ outcome }) => outcome === 'acked').map(({ value }) => value),
      spoil: (values, value) => values.filter((other) => other !== value),
    },
    {
      name: 'duplicates',
      candidates: ({ values }) => values,
      spoil: (values, value) => [...values, value],
    },
    {
      name: 'phantom',
      candidates: ({ history }) => [history.length + 1, 0, history.length + 1000],
      spoil: (values, value) => [...values, value],
    },
    {
      name: 'misclassified',
      candidates: ({ history }) => history.filter(({ outcome }) => outcome === 'failed').map(({ value }) => value),
      spoil: (values, value) => [...values, value],
    },
  ];

  test.each(mutations)('$name', ({ name, candidates, spoil }) => {
    fc.assert(
      fc.property(sound, fc.nat(), (run, pick) => {
        const possible = candidates(run);
        const value = possible[pick % Math.max(1, possible.length)];
        fc.pre(value !== undefined);
        const { lostRanges: _, ...result } = check(run.history, spoil(run.values, value));
        const { lostRanges: __, ...clean } = nothing;
        expect(result).toMatchObject({ ...clean, [name]: [value] });
      }),
    );
  });
});
