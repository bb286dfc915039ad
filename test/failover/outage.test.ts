import { describe, expect, it } from 'vitest';
import { outage } from '../../src/failover/outage.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

const INTERVAL = 4;
const DISCOVERY = 5;

function write(value: number, outcome: WriteRecord['outcome'], extra: Partial<WriteRecord> = {}): WriteRecord {
  const invoked = extra.invoked ?? value * INTERVAL;
  return { value, intended: value * INTERVAL, invoked, completed: invoked + 1, outcome, ...extra };
}

const acked = (value: number, node: string, extra: Partial<WriteRecord> = {}) =>
  write(value, 'acked', { node, ...extra });

function measure(history: readonly WriteRecord[], faultAt: number) {
  return outage({
    history,
    fault: { calledAt: faultAt, at: faultAt },
    oldPrimary: 'redis-1',
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
    const fault = { calledAt: 10, at: 30 };
    const measured = outage({ history, fault, oldPrimary: 'redis-1', intervalMs: INTERVAL, discoveryMs: DISCOVERY });
    expect(measured).toMatchObject({ ackedBeforeFault: 1, outageMs: 401 - 21 });
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
