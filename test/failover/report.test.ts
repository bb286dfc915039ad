import { describe, expect, it } from 'vitest';
import { momentOf } from '../../src/failover/fault-moment.ts';
import { report } from '../../src/failover/report.ts';
import type { Observations } from '../../src/failover/run-report.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';
import type { ClusterEvent } from '../../src/stack/contract/scenario.ts';
import { OBSERVED_RUN } from '../support/observed-run.ts';

const write = (value: number, part: Partial<WriteRecord>): WriteRecord => {
  const at = value * 4;
  return { value, intended: at, invoked: at, completed: at + 1, outcome: 'acked', node: 'redis-1', ...part };
};

/** 200 writes on redis-1 (until 801 ms), a fault, 200 refused ones, 100 on redis-2 (from 1605 ms). */
const history = Array.from({ length: 500 }, (_, index) => {
  const value = index + 1;
  if (value <= 200) return write(value, {});
  return value <= 400
    ? write(value, { outcome: 'failed', error: 'no master known' })
    : write(value, { node: 'redis-2' });
});
const present = history.filter(({ outcome }) => outcome === 'acked').map(({ value }) => value);
const switched: ClusterEvent = {
  at: 1500,
  source: 'sentinel-1',
  name: '+switch-master',
  text: 'm h 1 h 2',
  phase: 'switched',
  primary: 'redis-2',
};

const observed: Observations = {
  ...OBSERVED_RUN,
  history,
  events: [{ ...switched, at: 100 }, switched],
  fault: { calledAt: 790, returnedAt: 900 },
  finalRead: { node: 'redis-2', values: present },
  stats: { sent: 500, sentRatePerS: 249.9, late: 0, eventLoopLagMaxMs: 1.26 },
};

describe('report', () => {
  it('passes a good run, with every figure relative to the moment at which the fault took effect', () => {
    expect(report(observed)).toMatchObject({
      verdict: 'pass',
      reasons: [],
      outageMs: 1605 - 801,
      resolutionMs: 13,
      acked: 300,
      ackedBeforeFault: 197,
      failed: 200,
      unknown: 0,
      lost: 0,
      switches: 1,
      newMaster: 'redis-2',
      timeline: { detectedMs: null, switchedMs: 1500 - 801, firstWriteMs: 1605 - 801 },
      eventLoopLagMaxMs: 1.3,
      errors: { 'no master known': 200 },
      events: [{ atMs: 1500 - 801, source: 'sentinel-1', phase: 'switched' }],
    });
    expect(report(observed)).not.toHaveProperty('lostValues');
  });

  it('lists what was lost, once as ranges and once value by value', () => {
    const values = present.filter((value) => value < 150 || value > 180);
    const { lost, lostRanges, lostValues } = report({ ...observed, finalRead: { node: 'redis-2', values } });
    expect(lost).toBe(31);
    const [firstMs, lastMs] = [150 * 4 + 1 - 801, 180 * 4 + 1 - 801];
    expect(lostRanges).toEqual([{ from: 150, to: 180, node: 'redis-1', firstMs, lastMs, phase: 'before the fault' }]);
    expect(lostValues).toHaveLength(31);
  });

  it('counts nothing as lost when the final read failed, and nothing as not lost either', () => {
    const blind = report({ ...observed, finalRead: undefined });
    expect(blind).toMatchObject({ verdict: 'inconclusive', lost: null, phantom: null, lostRanges: [] });
  });

  it('lets a fault lose what the old master acknowledged soon after it, when that was replaced, and nothing else', () => {
    // The last write before the fault was acknowledged at 801 ms; those of 150 ms before it are 164 and later ones.
    const onTheWay = (onTheWayMs: number | undefined, gone: number) =>
      report({
        ...observed,
        ...{ lossWindowMs: 0, onTheWayMs },
        finalRead: { node: 'redis-2', values: present.filter((value) => value < gone || value > 200) },
      }).lostUnexplained;
    expect([onTheWay(150, 155), onTheWay(undefined, 155), onTheWay(150, 100)]).toEqual([0, 33, 50]);
    const late = (lossWindowMs: number, values: readonly number[], part: Partial<Observations> = {}) =>
      report({ ...observed, lossWindowMs, finalRead: { node: 'redis-2', values }, ...part }).lostUnexplained;
    const fault = { calledAt: 400, returnedAt: 400 };
    const without = (from: number, to: number) => present.filter((value) => value < from || value > to);
    // Value 150 was acknowledged at 601.
    expect(late(201, without(150, 150), { fault })).toBe(0);
    expect(late(200, without(150, 150), { fault })).toBe(1);
    // Long before the fault, on the new master, and without any change.
    expect(late(1000, without(50, 50), { fault })).toBe(1);
    expect(late(5000, without(450, 450), { fault })).toBe(1);
    expect(late(1000, without(150, 150), { fault, events: [], newPrimary: 'redis-1' })).toBe(1);
  });

  it('says when what was asked for took effect, by whom it was seen, and counts from the call all the same', () => {
    const effect = { source: 'redis-2', notYetAt: 830.04, seenAt: 832.5 };
    const fault = { calledAt: 790, returnedAt: 790, effect };
    const of = { faultSeenBy: 'redis-2', faultWithinMs: 2.5, faultEffectMs: 42.5 };
    expect(report({ ...observed, fault })).toMatchObject({ ...of, timeline: { switchedMs: 710 } });
    const { seenAt, ...rest } = effect;
    const seen = { ...rest, notYetAt: 803, seenAt };
    expect(report({ ...observed, fault: { calledAt: 790, returnedAt: 900, seen } })).toMatchObject({
      ...{ faultSeenBy: 'redis-2', faultWithinMs: 2, faultEffectMs: null },
    });
  });

  it('fails when the old master did not come back as a replica', () => {
    expect(report({ ...observed, newPrimary: undefined })).toMatchObject({ verdict: 'fail', newMaster: null });
  });
});

describe('momentOf', () => {
  it.each([
    ['the last ack of the old primary within the call', { calledAt: 790, returnedAt: 900 }, 801],
    ['the call when nothing was acknowledged within it', { calledAt: 810, returnedAt: 900 }, 810],
    ['the call for a triggered fault', { calledAt: 500, returnedAt: 500 }, 500],
    ['not an ack of another primary', { calledAt: 1000, returnedAt: 2000 }, 1000],
    [
      'the look that did not see it yet',
      { calledAt: 790, returnedAt: 900, seen: { source: 'k', notYetAt: 803, seenAt: 805 } },
      803,
    ],
    [
      'the last ack between two looks',
      { calledAt: 700, returnedAt: 900, seen: { source: 'k', notYetAt: 798, seenAt: 805 } },
      801,
    ],
    [
      'no later than the first write without its connection',
      { calledAt: 790, returnedAt: 900, seen: { source: 'k', notYetAt: 799, seenAt: 840 } },
      801,
      4,
    ],
    [
      'as wide as the looks where no write came between them',
      { calledAt: 790, returnedAt: 900, seen: { source: 'k', notYetAt: 801.5, seenAt: 804 } },
      801.5,
      2.5,
    ],
    ['not narrowed by a primary that is not hit', { calledAt: 600, returnedAt: 700, sparesPrimary: true }, 600],
  ])('is %s', (_name, call, at, withinMs?: number) => {
    const moment = momentOf(call, history, 'redis-1');
    expect(moment.at).toBe(at);
    if (withinMs !== undefined) expect(moment.withinMs).toBe(withinMs);
  });
});
