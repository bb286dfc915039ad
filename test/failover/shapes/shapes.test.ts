import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { check } from '../../../src/failover/checker.ts';
import { countedIn } from '../../../src/failover/shapes/counter.ts';
import { presentIn } from '../../../src/failover/shapes/present.ts';
import { chainOf } from '../../../src/failover/shapes/register.ts';
import { wentBack } from '../../../src/failover/shapes/went-back.ts';
import type { WriteRecord } from '../../../src/stack/contract/failover.ts';
import type { WorkloadShape } from '../../../src/stack/contract/final-read.ts';
import { answered, any, latencies, played, story } from '../../support/made-up-run.ts';

const judged = (shape: WorkloadShape, { history, finalRead }: ReturnType<typeof played>) =>
  check(history, presentIn(shape, history, finalRead));

describe.each(['register', 'counter'] as const)('a %s', (shape) => {
  test('while every write that was applied has an answer, exactly what failovers took is lost', () => {
    fc.assert(
      fc.property(story(answered), latencies, (happenings, took) => {
        const run = played(shape, happenings, took);
        const { lost, phantom, misclassified, duplicates } = judged(shape, run);
        expect({ lost, phantom, misclassified, duplicates }).toEqual({
          ...{ lost: run.lost, phantom: [], misclassified: [], duplicates: [] },
        });
      }),
    );
  });

  test('with writes that were applied without an answer, nothing is called lost that is not, and little is hidden', () => {
    fc.assert(
      fc.property(story(any), latencies, (happenings, took) => {
        const run = played(shape, happenings, took);
        const { lost, phantom } = judged(shape, run);
        if (shape === 'counter') {
          const hidden = run.applied.filter((value) => isOpen(run, value)).length;
          expect(lost.length).toBeLessThanOrEqual(run.lost.length);
          expect(lost.length).toBeGreaterThanOrEqual(run.lost.length - hidden);
        } else {
          expect(run.lost).toEqual(expect.arrayContaining([...lost]));
          if (!isFirstOfItsMaster(run)) expect(lost).toEqual(run.lost);
        }
        expect(phantom).toEqual([]);
      }),
    );
  });

  test('reads go back as often as each of them, looked at by itself, does, and never without a loss', () => {
    fc.assert(
      fc.property(story(answered), (happenings) => {
        const { history, lost } = played(shape, happenings);
        const times = wentBack(shape, history);
        expect(times).toBe(oneByOne(shape, history));
        if (lost.length === 0) expect(times).toBe(0);
      }),
    );
  });
});

const isOpen = ({ history }: ReturnType<typeof played>, value: number) => history[value - 1]?.outcome === 'unknown';

/** Whether what is left of the writes has one without an answer right behind some that were taken back. */
function isFirstOfItsMaster(run: ReturnType<typeof played>): boolean {
  return run.applied.some((value, index) => {
    const before = run.applied[index - 1] ?? 0;
    return isOpen(run, value) && run.lost.some((lost) => lost > before && lost < value);
  });
}

/** How many answers are older than what an answer of before had told. */
function oneByOne(shape: 'register' | 'counter', history: readonly WriteRecord[]): number {
  const acked = history.filter(({ outcome }) => outcome === 'acked');
  const isOlder = ({ answer = 0 }: WriteRecord, before: WriteRecord): boolean =>
    shape === 'register' ? answer < before.value : answer <= (before.answer ?? 0);
  return acked.filter((one) =>
    acked.some((before) => before !== one && before.completed <= one.invoked && isOlder(one, before)),
  ).length;
}

const ack = (value: number, answer: number, node = 'redis-1'): WriteRecord => {
  const at = value * 10;
  return { value, intended: at, invoked: at, completed: at + 1, outcome: 'acked', node, answer };
};
const open = (value: number): WriteRecord => ({
  ...{ value, intended: value * 10, invoked: value * 10, completed: value * 10 + 250 },
  ...{ outcome: 'unknown', error: 'ETIMEDOUT' },
});

describe('a register', () => {
  it('that was never written holds nothing; a value that nobody wrote is a phantom', () => {
    expect(chainOf([], { node: 'redis-1', value: 0 })).toEqual([]);
    expect(check([ack(1, 0)], chainOf([ack(1, 0)], { node: 'redis-1', value: 77 })).phantom).toEqual([77]);
  });

  it('a write that was applied long after it was sent, over newer ones of the same server, takes none of them back', () => {
    // 2 and 3 wait in a frozen server, 4 and 5 come over another connection and are answered first.
    const history = [ack(1, 0), open(2), open(3), ack(4, 1), ack(5, 4), ack(6, 3)];
    expect(chainOf(history, { node: 'redis-1', value: 6 })).toEqual([6, 3, 5, 4, 1]);
  });

  it('whose last value before a failover has no answer has what stood there before it', () => {
    const history = [ack(1, 0), ack(2, 1), open(3), ack(4, 3, 'redis-2')];
    expect(chainOf(history, { node: 'redis-2', value: 4 })).toEqual([4, 3, 2, 1]);
  });

  it('a write that left before the one before it was answered comes after it all the same', () => {
    const late = { ...ack(2, 1), completed: 30.4 };
    const history = [ack(1, 0), late, { ...open(3), invoked: 30.1 }, ack(4, 3, 'redis-2')];
    expect(chainOf(history, { node: 'redis-2', value: 4 })).toEqual([4, 3, 2, 1]);
  });

  it('ends also where the answers go round in a circle', () => {
    expect(chainOf([ack(1, 2), ack(2, 1)], { node: 'redis-1', value: 2 })).toEqual([2, 1]);
  });
});

describe('a counter', () => {
  it('of two writes with the same sum the one of another server was taken back, whichever came first', () => {
    const both = [ack(1, 1), ack(2, 2, 'redis-1'), ack(3, 2, 'redis-2')];
    expect(countedIn(both, { node: 'redis-2', sum: 2 }).toSorted()).toEqual([1, 3]);
    expect(countedIn(both, { node: 'redis-1', sum: 2 }).toSorted()).toEqual([1, 2]);
  });

  it('that has more than was written has so many phantoms', () => {
    expect(check([ack(1, 1), open(2)], countedIn([ack(1, 1), open(2)], { node: 'redis-1', sum: 5 }))).toMatchObject({
      ...{ lost: [], recovered: [2], phantom: [-3, -2, -1] },
    });
  });
});

it('reads of a list and of a set say nothing of older ones', () => {
  expect([wentBack('list', []), wentBack('set', []), wentBack('pubsub', [])]).toEqual([null, null, null]);
});

it('a read that was on its way already when a newer value was written has not gone back', () => {
  const slow = { ...ack(2, 1), completed: 100 };
  expect(wentBack('register', [ack(1, 0), slow, { ...ack(3, 1), completed: 32 }])).toBe(0);
  expect(wentBack('register', [ack(1, 0), ack(2, 1), ack(3, 1)])).toBe(1);
  expect(wentBack('counter', [ack(1, 1), ack(2, 2), ack(3, 2)])).toBe(1);
});
