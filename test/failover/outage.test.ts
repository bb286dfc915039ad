import { describe, expect, it } from 'vitest';
import { type OutageInput, outage } from '../../src/failover/outage.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

const INTERVAL = 4;
const DISCOVERY = 5;

function write(value: number, outcome: WriteRecord['outcome'], extra: Partial<WriteRecord> = {}): WriteRecord {
  const invoked = extra.invoked ?? value * INTERVAL;
  return { value, intended: value * INTERVAL, invoked, completed: invoked + 1, outcome, ...extra };
}

const acked = (value: number, node: string, extra: Partial<WriteRecord> = {}) =>
  write(value, 'acked', { node, ...extra });

function measure(history: readonly WriteRecord[], faultAt: number, others: Partial<OutageInput> = {}) {
  return outage({
    history,
    fault: { calledAt: faultAt, at: faultAt, withinMs: 0 },
    oldPrimary: 'redis-1',
    isChangedOnce: true,
    ...others,
    intervalMs: INTERVAL,
    discoveryMs: DISCOVERY,
  });
}

describe('outage', () => {
  it('is from the last ack before the fault to the first ack of a new primary', () => {
    const history = [
      acked(1, 'redis-1'),
      acked(2, 'redis-1'),
      write(3, 'unknown'),
      write(4, 'failed'),
      acked(500, 'redis-2'),
    ];
    expect(measure(history, 10)).toMatchObject({ ackedBeforeFault: 2, outageMs: 2001 - 9, longestGapMs: 2001 - 9 });
  });

  it('is not shortened by a deposed primary that goes on acknowledging', () => {
    const zombie = Array.from({ length: 98 }, (_, index) => acked(index + 3, 'redis-1'));
    const history = [acked(1, 'redis-1'), acked(2, 'redis-1'), ...zombie, acked(101, 'redis-2')];
    expect(measure(history, 10)).toMatchObject({ outageMs: 405 - 9, longestGapMs: 4 });
  });

  it('has no length without an ack at both ends', () => {
    expect(measure([acked(1, 'redis-1'), write(2, 'failed')], 6).outageMs).toBeNull();
    expect(measure([write(1, 'failed'), acked(2, 'redis-2')], 2).outageMs).toBeNull();
  });

  it('counts an ack that arrived while the fault was being injected as before it, for the outage only', () => {
    const history = [acked(1, 'redis-1'), acked(5, 'redis-1'), acked(100, 'redis-2')];
    const measured = measure(history, 10, { fault: { calledAt: 10, at: 30, withinMs: 0 } });
    expect(measured).toMatchObject({ ackedBeforeFault: 1, outageMs: 401 - 21 });
  });
});

describe('the outage where no one change is expected', () => {
  const stays = { isChangedOnce: false };
  const every = (from: number, to: number, node = 'redis-1') =>
    Array.from({ length: to - from + 1 }, (_, index) => acked(from + index, node));

  it('is the longest gap since the fault, whoever acknowledges', () => {
    const history = [...every(1, 10), ...every(60, 70, 'redis-2'), ...every(100, 200, 'redis-3')];
    expect(measure(history, 42, stays)).toMatchObject({ outageMs: 200, longestGapMs: 200 });
    // The first gap was over before the fault.
    expect(measure(history, 260, stays)).toMatchObject({ outageMs: 120, longestGapMs: 200 });
  });

  it('is a step of the schedule where nothing happened', () => {
    expect(measure(every(1, 100), 42, stays).outageMs).toBe(INTERVAL);
  });

  it('has no length when it is not over', () => {
    const refused = Array.from({ length: 300 }, (_, index) => write(101 + index, 'failed'));
    expect(measure([...every(1, 100), ...refused], 402, stays).outageMs).toBeNull();
  });

  it('counts from where writes should be possible again, with one change and without', () => {
    const history = [...every(1, 10), ...every(500, 520, 'redis-2')];
    expect(measure(history, 42, { ...stays, recoversFrom: 1500 }).outageMs).toBe(2001 - 1500);
    expect(measure(history, 42, { recoversFrom: 1500 }).outageMs).toBe(2001 - 1500);
    expect(measure(history, 42, { ...stays, recoversFrom: 2050 }).outageMs).toBeLessThanOrEqual(INTERVAL);
  });
});

describe('resolution', () => {
  const around = (late: Partial<Record<number, number>>) => {
    const at = (value: number) => ({ invoked: value * INTERVAL + (late[value] ?? 0) });
    return measure(
      [
        acked(1, 'redis-1', at(1)),
        acked(2, 'redis-1', at(2)),
        write(3, 'failed', at(3)),
        write(99, 'failed', at(99)),
        acked(100, 'redis-2', at(100)),
      ],
      13,
    ).resolutionMs;
  };

  it('is two intervals of the schedule and a discovery poll when the process kept its schedule', () => {
    expect(around({})).toBe(INTERVAL * 2 + DISCOVERY);
  });

  it.each([
    ['after the last ack', { 3: 30 }],
    ['before the first ack', { 100: 30 }],
  ])('shows a process that was late %s', (_name, late) => {
    expect(around(late)).toBe(INTERVAL * 2 + DISCOVERY + 30);
  });

  it('is the way to the new primary where that took longer: busy arbiters, a busy primary', () => {
    const resolutionFor = (noneAt: number) =>
      measure([acked(1, 'redis-1'), write(2, 'failed'), acked(100, 'redis-2', { noneAt })], 6).resolutionMs;
    // Acknowledged at 401: 60 ms earlier the search found nobody yet.
    expect(resolutionFor(341)).toBe(INTERVAL + 60);
    expect(resolutionFor(400)).toBe(INTERVAL * 2 + DISCOVERY);
  });

  it('is no better than the schedule when a late write was followed by a punctual one', () => {
    expect(around({ 2: 3 })).toBe(INTERVAL * 2 + DISCOVERY);
  });
});
