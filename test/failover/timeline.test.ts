import { describe, expect, it } from 'vitest';
import { countSwitches } from '../../src/failover/switches.ts';
import { timeline } from '../../src/failover/timeline.ts';
import type { ClusterEvent, FailoverPhase } from '../../src/stack/contract/scenario.ts';

function event(at: number, source: string, phase: FailoverPhase | undefined, primary?: string): ClusterEvent {
  return { at, source, name: `+${phase}`, text: '', phase, primary };
}

const fault = { calledAt: 1000, at: 1010, withinMs: 0 };

describe('timeline', () => {
  it('takes the first telling of each phase, relative to the fault', () => {
    const events = [
      event(500, 's1', 'detected'), // an earlier one
      event(3020, 's2', 'detected'),
      event(3010, 's1', 'detected'),
      event(3100, 's1', 'agreed'),
      event(3200, 's1', 'elected'),
      event(4200, 's1', 'promoted'),
      event(4260, 's2', 'switched', 'b'),
      event(5300, 's1', 'switched', 'b'),
    ];
    const acks = [
      { value: 1, intended: 0, invoked: 0, completed: 900, outcome: 'acked', node: 'a' },
      { value: 2, intended: 0, invoked: 0, completed: 1500, outcome: 'acked', node: 'a' },
      { value: 3, intended: 0, invoked: 0, completed: 4300, outcome: 'acked', node: 'b' },
    ] as const;
    expect(timeline({ events, history: acks, fault, oldPrimary: 'a' })).toEqual({
      detectedMs: 2000,
      agreedMs: 2090,
      electedMs: 2190,
      promotedMs: 3190,
      switchedMs: 3250,
      firstWriteMs: 3290,
    });
  });

  it('has null for what nobody told', () => {
    const empty = timeline({ events: [event(900, 's1', 'switched', 'b')], history: [], fault, oldPrimary: 'a' });
    expect(new Set(Object.values(empty))).toEqual(new Set([null]));
  });
});

describe('countSwitches', () => {
  const count = (events: readonly ClusterEvent[], newPrimary: string | undefined) =>
    countSwitches({ events, since: 1000, oldPrimary: 'a', newPrimary });
  const switched = (at: number, source: string, primary: string) => event(at, source, 'switched', primary);

  it.each<[string, readonly ClusterEvent[], string | undefined, number]>([
    ['nothing happened', [], 'a', 0],
    ['all tell the same change', ['s1', 's2', 's3'].map((s) => switched(2000, s, 'b')), 'b', 1],
    ['one Sentinel tells it only', [switched(2000, 's1', 'b')], 'b', 1],
    ['one before the fault', [switched(500, 's1', 'b'), switched(2000, 's1', 'b')], 'b', 1],
    ['a cascade', ['s1', 's2'].flatMap((s) => [switched(2000, s, 'b'), switched(3000, s, 'c')]), 'c', 2],
    ['a cascade back', ['s1', 's2'].flatMap((s) => [switched(2000, s, 'b'), switched(3000, s, 'a')]), 'a', 2],
    [
      'a cascade of which one Sentinel told one half each',
      [switched(2000, 's1', 'b'), switched(3000, 's2', 'c')],
      'c',
      2,
    ],
    ['a change that nobody told', [], 'b', 1],
    ['a change and no agreement at the end', [switched(2000, 's1', 'b')], undefined, 1],
  ])('%s', (_name, events, newPrimary, expected) => {
    expect(count(events, newPrimary)).toBe(expected);
  });
});
