/** The part of a profile's schema that says when events are due, and what a run has to reach. */
import * as z from 'zod';
import { parseRate, RATE_FORMS } from '../lib/rate.ts';
import { HIGHEST_FACTOR } from './arrival/points-csv.ts';
import { shapeOf } from './arrival/shape.ts';
import { DAY_MS, duration } from './profile-spans.ts';
import { parseThreshold, type Threshold } from './thresholds.ts';

const factor = z.number().min(0).max(HIGHEST_FACTOR);

/** Events per second. */
const rate = z
  .union([z.number().positive(), z.string()], { error: RATE_FORMS })
  .refine((given) => typeof given === 'number' || parseRate(given) !== undefined, { error: RATE_FORMS })
  .transform((given) => (typeof given === 'number' ? given : (parseRate(given) ?? 0)));

/** How the rate changes over a run, as factors of it. */
const shape = z
  .strictObject({
    ramp: z.strictObject({ from: factor, to: factor, over: duration }).optional(),
    /** `times` the rate, `for` so long at the end of `every` so long. */
    bursts: z.strictObject({ every: duration, for: duration, times: factor }).optional(),
    /** From `trough` over 1 and back, in each `period`. */
    diurnal: z.strictObject({ trough: z.number().min(0).max(1), period: duration.default(DAY_MS) }).optional(),
    points: z
      .array(z.strictObject({ at: duration, factor }))
      .min(1)
      .optional(),
    /** The points as a file beside the profile: `load-shape.ts` reads it. */
    csv: z.string().min(1).optional(),
  })
  .refine((spec) => Object.values(spec).filter((one) => one !== undefined).length === 1, {
    error: 'must have exactly one of ramp, bursts, diurnal, points, csv',
  })
  .refine(({ bursts }) => bursts === undefined || bursts.for < bursts.every, {
    path: ['bursts', 'for'],
    error: 'must be shorter than every',
  })
  .refine(({ points = [] }) => points.every(({ at }, index) => at > (points[index - 1]?.at ?? -1)), {
    path: ['points'],
    error: 'must go on in time',
  })
  .refine(({ points = [] }) => (points[0]?.at ?? 0) === 0, { path: ['points'], error: 'must begin at 0s' })
  .refine((spec) => spec.csv !== undefined || shapeOf(spec).pieces.some(({ from, to }) => from + to > 0), {
    error: 'must have a factor above 0: nothing would ever be sent',
  });

/** What a run has to reach. */
export const threshold = z.string().transform((text, context): Threshold => {
  const parsed = parseThreshold(text);
  if (!('problem' in parsed)) return parsed;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
});

/** When events are due in an open loop. */
export const arrival = z.strictObject({
  process: z.enum(['constant', 'poisson']).default('constant'),
  /** Of a run with a duration for which no rate is asked. */
  rate: rate.optional(),
  shape: shape.optional(),
});
