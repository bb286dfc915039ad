import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueTimes } from '../../../src/traffic/arrival/due-times.ts';
import { type Arrival, createSchedule } from '../../../src/traffic/arrival/schedule.ts';

const SHAPES: readonly Arrival['shape'][] = [
  undefined,
  { ramp: { from: 0, to: 2, over: 2000 } },
  { bursts: { every: 1000, for: 100, times: 5 } },
  { diurnal: { trough: 0.2, period: 5000 } },
  {
    points: [
      { at: 0, factor: 1 },
      { at: 3000, factor: 0 },
    ],
  },
];

test('are those of the schedule, in whatever order they are asked', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SHAPES),
      fc.constantFrom('constant' as const, 'poisson' as const),
      fc.array(fc.nat({ max: 9000 }), { maxLength: 40 }),
      (shape, process, asked) => {
        const schedule = createSchedule(777, { process, shape }, 5);
        const all = Array.from({ length: 9001 }, () => schedule.next());
        const dueOf = dueTimes(777, { process, shape }, 5);
        expect(asked.map(dueOf)).toEqual(asked.map((sequence) => all[sequence]));
      },
    ),
    { numRuns: 40 },
  );
});
