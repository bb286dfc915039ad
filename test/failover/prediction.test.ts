import { describe, expect, it } from 'vitest';
import { beside } from '../../src/failover/prediction.ts';
import type { Timeline } from '../../src/failover/timeline.ts';
import type { Prediction } from '../../src/stack/contract/scenario.ts';

const prediction: Prediction = {
  ...{ lowMs: 5790, highMs: 6250 },
  phases: [
    { name: 'detection', from: 'fault', to: 'detectedMs', mostMs: 5100 },
    { name: 'election', from: 'agreedMs', to: 'electedMs', mostMs: 300 },
    { name: 'the way', from: 'promotedMs', to: 'firstWriteMs', mostMs: 250 },
  ],
};
const timeline: Timeline = {
  ...{ detectedMs: 5032, agreedMs: 5111, electedMs: 5166, promotedMs: 6176, switchedMs: 6278, firstWriteMs: 6282 },
};

describe('the model beside what was measured', () => {
  it.each<[string, number | null, number, Partial<Timeline>, readonly string[]]>([
    ['within', 6200, 12, {}, []],
    ['as long as the instrument can be off', 6260, 12, { electedMs: 5900 }, []],
    ['longer in one part', 11_000, 12, { electedMs: 9900 }, ['election: 4789 ms, and at most 300 ms by the model']],
    ['longer, by little everywhere', 6400, 12, {}, []],
    ['not over', null, 12, { firstWriteMs: null, electedMs: null }, ['election: not seen', 'the way: not seen']],
    ['not even detected', null, 12, { detectedMs: null, agreedMs: null, promotedMs: null }, ['detection: not seen']],
  ])('%s', (_, outageMs, resolutionMs, change, longer) => {
    expect(beside(prediction, { ...timeline, ...change }, { outageMs, resolutionMs })).toEqual({
      ...{ lowMs: 5790, highMs: 6250 },
      longer,
    });
  });
});
