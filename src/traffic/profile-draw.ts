/** The part of a profile's schema that says what is drawn for an event. */
import * as z from 'zod';
import { VALUE_RULES, type ValueSpecs } from './profile-draw-values.ts';
import { name, span } from './profile-spans.ts';

const WAYS = ['every', 'due', 'within', 'days', 'after', 'before'] as const;

const timeSpec = z
  .strictObject({
    /** Event i happens at epoch + i times this, and a part of it. */
    every: span.optional(),
    /** When it is due by the `arrival` of the profile, which has a rate. */
    due: z.literal(true).optional(),
    /** At a moment of this long before the epoch. */
    within: span.optional(),
    /** On a whole day of these many before the epoch's, at the hour (0 to 23, UTC) that `hour` has drawn. */
    days: z.int().min(1).max(3650).optional(),
    hour: name.optional(),
    /** Which of these days, instead of any: a draw that counts from 1, the first day; behind the last one comes the first again. */
    day: name.optional(),
    /** So long after, or before, the time that another draw is: `by` names the draws whose seconds are added up. */
    after: name.optional(),
    before: name.optional(),
    by: z.array(name).min(1).max(10).optional(),
    /** A share of the events happened up to so much earlier: they arrive late, and out of order. */
    late: z.strictObject({ share: z.number().gt(0).max(1), upTo: span }).optional(),
    format: z.enum(['iso', 'milliseconds']).default('iso'),
  })
  .refine((spec) => WAYS.filter((way) => spec[way] !== undefined).length === 1, {
    error: `must have exactly one of ${WAYS.join(', ')}`,
  })
  .refine(({ day, days }) => day === undefined || days !== undefined, { path: ['day'], error: 'goes with days alone' })
  .refine(({ after, before, by }) => ((after ?? before) === undefined) === (by === undefined), {
    path: ['by'],
    error: 'goes with after and before: names of draws that are seconds',
  });

export type TimeSpec = z.output<typeof timeSpec>;

const RULES = {
  weighted: z.record(z.string(), z.number().min(0)),
  oneOf: z.array(z.unknown()).min(1),
  integer: z.strictObject({ min: z.int(), max: z.int() }),
  number: z.strictObject({ min: z.number(), max: z.number(), decimals: z.int().min(0).max(9).default(2) }),
  skewed: z.strictObject({
    median: z.number().positive(),
    p99: z.number().positive(),
    decimals: z.int().min(0).max(9).optional(),
  }),
  zipf: z.strictObject({ count: z.int().min(1).max(1_000_000), exponent: z.number().min(0).max(10).default(1) }),
  text: z.string(),
  time: timeSpec,
  session: z.strictObject({
    steps: z.int().min(1).max(1000),
    atOnce: z.int().min(1).max(1_000_000).default(1),
  }),
  step: name,
  walk: z.strictObject({
    of: name,
    start: z.string().min(1),
    next: z.record(z.string(), z.record(z.string(), z.number().min(0))),
  }),
  round: name,
  ...VALUE_RULES,
} as const;

export interface DrawSpec extends ValueSpecs {
  /** Value -> weight; keys that are whole numbers become numbers. */
  readonly weighted?: Readonly<Record<string, number>> | undefined;
  readonly oneOf?: readonly unknown[] | undefined;
  readonly integer?: { readonly min: number; readonly max: number } | undefined;
  readonly number?: { readonly min: number; readonly max: number; readonly decimals: number } | undefined;
  /** Log-normal numbers: half of them below `median`, one of a hundred above `p99`. Whole ones without `decimals`. */
  readonly skewed?:
    | { readonly median: number; readonly p99: number; readonly decimals?: number | undefined }
    | undefined;
  /** Ranks from 1; the lower the more frequent. */
  readonly zipf?: { readonly count: number; readonly exponent: number } | undefined;
  readonly text?: string | undefined;
  readonly time?: TimeSpec | undefined;
  /** The number of the session, from 1: so many events each, `atOnce` of them side by side. */
  readonly session?: { readonly steps: number; readonly atOnce: number } | undefined;
  /** Of the draw that is a session: the place of the event in it, from 0. */
  readonly step?: string | undefined;
  /** The state of a state machine at this step of the session: state -> next state -> weight. */
  readonly walk?:
    | {
        readonly of: string;
        readonly start: string;
        readonly next: Readonly<Record<string, Readonly<Record<string, number>>>>;
      }
    | undefined;
  /** Of the draw that is a walk, or a case of walks: how often it has come to its start in this session by now, from 1. */
  readonly round?: string | undefined;
  /** Another rule for each value of a draw before. */
  readonly case?:
    | {
        readonly of: string;
        readonly when: Readonly<Record<string, DrawSpec>>;
        readonly otherwise?: DrawSpec | undefined;
      }
    | undefined;
  /** The same for every event that has the same value of a draw before: the country of a user. */
  readonly stable?: { readonly of: string; readonly draw: DrawSpec } | undefined;
}

type CaseSpec = NonNullable<DrawSpec['case']>;
type StableSpec = NonNullable<DrawSpec['stable']>;

/** The draws that a draw is one of. */
export function innerOf({ case: cases, stable }: DrawSpec): readonly DrawSpec[] {
  return [
    ...(cases === undefined ? [] : [...Object.values(cases.when), ...(cases.otherwise ? [cases.otherwise] : [])]),
    ...(stable === undefined ? [] : [stable.draw]),
  ];
}

export const RULE_NAMES: readonly string[] = [...Object.keys(RULES), 'case', 'stable'];

/** Getters, because a draw may hold draws. */
export const drawSpec = z
  .strictObject({
    weighted: RULES.weighted.optional(),
    oneOf: RULES.oneOf.optional(),
    integer: RULES.integer.optional(),
    number: RULES.number.optional(),
    skewed: RULES.skewed.optional(),
    zipf: RULES.zipf.optional(),
    text: RULES.text.optional(),
    session: RULES.session.optional(),
    step: RULES.step.optional(),
    walk: RULES.walk.optional(),
    round: RULES.round.optional(),
    time: RULES.time.optional(),
    uuid: RULES.uuid.optional(),
    histogram: RULES.histogram.optional(),
    words: RULES.words.optional(),
    get case(): z.ZodOptional<z.ZodType<CaseSpec>> {
      return caseSpec.optional();
    },
    get stable(): z.ZodOptional<z.ZodType<StableSpec>> {
      return stableSpec.optional();
    },
  })
  .refine((spec) => Object.values(spec).filter((rule) => rule !== undefined).length === 1, {
    error: `must have exactly one of ${RULE_NAMES.join(', ')}`,
  });

const caseSpec: z.ZodType<CaseSpec> = z.strictObject({
  of: name,
  get when(): z.ZodType<CaseSpec['when']> {
    return z.record(z.string(), drawSpec);
  },
  get otherwise(): z.ZodOptional<z.ZodType<DrawSpec>> {
    return drawSpec.optional();
  },
});

const stableSpec: z.ZodType<StableSpec> = z.strictObject({
  of: name,
  get draw(): z.ZodType<DrawSpec> {
    return drawSpec;
  },
});
