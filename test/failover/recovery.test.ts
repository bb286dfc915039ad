import { describe, expect, it } from 'vitest';
import { collectReads } from '../../src/failover/read-gaps.ts';
import { recoveryOf } from '../../src/failover/recovery.ts';
import { collectResyncs } from '../../src/failover/resynced.ts';
import type { Observations } from '../../src/failover/run-report.ts';
import type { RoleSample, WriteRecord } from '../../src/stack/contract/failover.ts';
import { OBSERVED_RUN } from '../support/observed-run.ts';

const FAULT = { calledAt: 1000, at: 1000, withinMs: 0 };

/** One each 4 ms, from 4 to 4000 ms; these are not acknowledged. */
const history = (isMissed: (at: number) => boolean): WriteRecord[] =>
  Array.from({ length: 1000 }, (_, index) => {
    const at = (index + 1) * 4;
    const times = { value: index + 1, intended: at, invoked: at, completed: at + 1 };
    return isMissed(at) ? { ...times, outcome: 'failed', error: 'E' } : { ...times, outcome: 'acked', node: 'redis-1' };
  });
const observed = (isMissed: (at: number) => boolean, part: Partial<Observations> = {}): Observations => ({
  ...OBSERVED_RUN,
  history: history(isMissed),
  events: [],
  fault: { what: 'kill redis-1', calledAt: 1000, returnedAt: 1000 },
  finalRead: undefined,
  stats: { sent: 1000, sentRatePerS: 250, late: 0, eventLoopLagMaxMs: 0 },
  ...part,
});
const recovery = (...input: Parameters<typeof observed>) => recoveryOf(observed(...input), FAULT);

describe('when all is as before', () => {
  it('at once when nothing was missed', () => {
    expect(recovery(() => false)).toMatchObject({ gaps: 0, unavailableMs: 0, fullRateMs: 0 });
  });

  it('after the last hundred of which more than one is missing; all longer gaps count together', () => {
    const twoGaps = (at: number) => (at > 1000 && at < 1500) || (at >= 2000 && at < 2200);
    // Two acknowledgements lie on either side of each gap: 1001 to 1501, 1997 to 2201.
    expect(recovery(twoGaps)).toMatchObject({ gaps: 2, unavailableMs: 500 + 204, fullRateMs: 1196 });
    const single = (at: number) => at > 1000 && at % 800 === 0;
    expect(recovery(single)).toMatchObject({ unavailableMs: 0, fullRateMs: 0 });
    const eachTenth = (at: number) => at > 1000 && at % 40 === 0;
    expect(recovery(eachTenth)).toMatchObject({ unavailableMs: 0, fullRateMs: null });
  });

  it('not yet when it was over at the very end, and what is not over counts until then', () => {
    expect(recovery((at) => at > 1000 && at < 3700)).toMatchObject({ fullRateMs: null });
    expect(recovery((at) => at > 3000)).toMatchObject({ fullRateMs: null, gaps: 1, unavailableMs: 999 });
  });

  it('and when the old master said that it is a replica, after it said for the last time that it is the master', () => {
    const span = (node: string, isPrimary: boolean, from: number, to: number) => ({ node, isPrimary, from, to });
    const roles = {
      ...{ everyMs: 50, widestMs: 60 },
      spans: [
        span('redis-1', true, 0, 990),
        span('redis-2', false, 0, 1500),
        span('redis-1', false, 1200, 1250),
        span('redis-1', true, 1300, 2400),
        span('redis-1', false, 2450, 4000),
      ],
    };
    expect(recovery(() => false, { roles })).toMatchObject({ rejoinedMs: 1450 });
    expect(recovery(() => false, { roles, newPrimary: 'redis-1' })).toMatchObject({ rejoinedMs: null });
    expect(recovery(() => false)).toMatchObject({ rejoinedMs: null, readsOutMs: null, resyncs: null });
  });
});

const sample = (at: number, node: string, part: Partial<RoleSample> = {}): RoleSample => ({
  ...{ at, node, isPrimary: false, answersReads: true },
  ...part,
});

describe('reads', () => {
  it('are missing when nobody answers them for longer than between two questions, or no replica does', () => {
    const reads = collectReads(100);
    for (const at of [0, 50, 100]) reads.add(sample(at, 'redis-2'));
    reads.add(sample(300, 'redis-1', { isPrimary: true }));
    reads.add(sample(350, 'redis-2', { answersReads: false }));
    for (const at of [380, 420]) reads.add(sample(at, 'redis-3'));
    const { gaps, answered } = reads.readsUntil(500, 0);
    expect(gaps).toEqual([
      { by: 'any', from: 100, to: 300 },
      { by: 'replica', from: 100, to: 380 },
    ]);
    expect(answered).toEqual(['any', 'replica']);
    expect(reads.readsUntil(700, 0).gaps.slice(2)).toEqual([
      { by: 'any', from: 420, to: 700 },
      { by: 'replica', from: 420, to: 700 },
    ]);
    const shifted = gaps.map((gap) => ({ ...gap, from: gap.from + 850, to: gap.to + 850 }));
    const within = (withinMs: number, who = answered) =>
      recovery(() => false, { reads: { withinMs, gaps: shifted, answered: who } });
    // Only what is after the fault, at 1000, counts, and only what is longer than it can be known.
    expect(within(100)).toMatchObject({ readsOutMs: 150, replicaReadsOutMs: 230, readsWithinMs: 100 });
    expect(within(200)).toMatchObject({ readsOutMs: 0, replicaReadsOutMs: 230, readsWithinMs: 200 });
    expect(within(100, ['any'])).toMatchObject({ readsOutMs: 150, replicaReadsOutMs: null });
  });

  it('are known the less exactly the longer this process was busy', () => {
    const reads = collectReads(100);
    reads.add(sample(0, 'redis-1', { isPrimary: true }));
    expect(reads.readsUntil(50, 300)).toEqual({ withinMs: 400, gaps: [], answered: ['any'] });
  });
});

describe('resynchronisations', () => {
  it('are counted from when the script begins, over a server that starts again', () => {
    const all = collectResyncs();
    const counts = (node: string, full: number, partial: number) =>
      all.add(sample(0, node, { resyncs: { full, partial } }));
    counts('redis-1', 7, 3);
    counts('redis-1', 8, 3);
    all.begin();
    counts('redis-1', 8, 4);
    counts('redis-2', 5, 5);
    counts('redis-2', 6, 5);
    all.add(sample(0, 'redis-2'));
    counts('redis-1', 0, 0);
    counts('redis-1', 0, 2);
    expect(all.resyncs).toEqual({ full: 1, partial: 3 });
  });
});
