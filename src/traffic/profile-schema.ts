/** The schema of a traffic profile. `docs/traffic.md` explains every key. */
import * as z from 'zod';
import { LONGEST_SPAN_MS, parseDuration } from '../lib/duration.ts';
import { INSTANT_FORMS, parseInstant } from '../lib/instant.ts';

const name = z.string().regex(/^[a-z][A-Za-z0-9]*$/, { error: 'must be camelCase letters and digits' });
const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' });
const duration = durationOf(undefined, 'must be a duration such as 20ms, 4m or 2d, at most 24d');
/** No timer waits for it. */
const span = durationOf(LONGEST_SPAN_MS, 'must be a duration such as 20ms, 4m or 2d, at most ten years');

function durationOf(longestMs: number | undefined, error: string) {
  return z
    .string()
    .refine((text) => parseDuration(text, longestMs) !== undefined, { error })
    .transform((text) => parseDuration(text, longestMs) ?? 0);
}

/** A whole number, or the stack value that is one. */
const limit = z.union([z.int().min(1), z.string().regex(/^\{\{[^{}]+\}\}$/)], {
  error: 'must be a whole number above 0, or {{a value}} of the stack',
});

/** `now`, or an instant as Unix time in milliseconds: where timestamps start. */
const epoch = z
  .string({ error: `must be now, or an instant: ${INSTANT_FORMS}` })
  .superRefine((text, context) => {
    const instant = text === 'now' ? { ms: 0 } : parseInstant(text);
    if ('problem' in instant)
      context.addIssue({ code: 'custom', message: `must be now, or an instant; "${text}" ${instant.problem}` });
  })
  .transform((text): 'now' | number => {
    const instant = parseInstant(text);
    return 'ms' in instant ? instant.ms : 'now';
  });

const timeSpec = z
  .strictObject({
    /** Event i happens at epoch + i times this, and a part of it. */
    every: span.optional(),
    /** At a moment of this long before the epoch. */
    within: span.optional(),
    /** On a whole day of these many before the epoch's, at the hour (0 to 23, UTC) that `hour` has drawn. */
    days: z.int().min(1).max(3650).optional(),
    hour: name.optional(),
    format: z.enum(['iso', 'milliseconds']).default('iso'),
  })
  .refine(({ every, within, days }) => [every, within, days].filter((one) => one !== undefined).length === 1, {
    error: 'must have exactly one of every, within, days',
  });

export type TimeSpec = z.output<typeof timeSpec>;

const RULES = {
  weighted: z.record(z.string(), z.number().min(0)),
  oneOf: z.array(z.unknown()).min(1),
  integer: z.strictObject({ min: z.int(), max: z.int() }),
  number: z.strictObject({ min: z.number(), max: z.number(), decimals: z.int().min(0).max(9).default(2) }),
  skewed: z.strictObject({ median: z.number().positive(), p99: z.number().positive() }),
  zipf: z.strictObject({ count: z.int().min(1).max(1_000_000), exponent: z.number().min(0).max(10).default(1) }),
  text: z.string(),
  time: timeSpec,
} as const;

export interface DrawSpec {
  /** Value -> weight; keys that are whole numbers become numbers. */
  readonly weighted?: Readonly<Record<string, number>> | undefined;
  readonly oneOf?: readonly unknown[] | undefined;
  readonly integer?: { readonly min: number; readonly max: number } | undefined;
  readonly number?: { readonly min: number; readonly max: number; readonly decimals: number } | undefined;
  /** Whole numbers, log-normal: half of them below `median`, one of a hundred above `p99`. */
  readonly skewed?: { readonly median: number; readonly p99: number } | undefined;
  /** Ranks from 1; the lower the more frequent. */
  readonly zipf?: { readonly count: number; readonly exponent: number } | undefined;
  readonly text?: string | undefined;
  readonly time?: TimeSpec | undefined;
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

export const RULE_NAMES: readonly string[] = [...Object.keys(RULES), 'case', 'stable'];

/** Getters, because a draw may hold draws. */
const drawSpec = z
  .strictObject({
    weighted: RULES.weighted.optional(),
    oneOf: RULES.oneOf.optional(),
    integer: RULES.integer.optional(),
    number: RULES.number.optional(),
    skewed: RULES.skewed.optional(),
    zipf: RULES.zipf.optional(),
    text: RULES.text.optional(),
    time: RULES.time.optional(),
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

const settings = z.record(z.string(), z.unknown()).default({});

export const profileSchema = z.strictObject({
  profile: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'must be lower case letters, digits and dashes' }),
  description: z.string().min(1),
  epoch: epoch.default('now'),
  send: z.strictObject({
    service: z.string().min(1),
    /** Events that are sent together. */
    batch: z.int().min(1).max(10_000).default(100),
    /** Batches that may be on their way at the same time. */
    inFlight: z.int().min(1).max(256).default(4),
    settings,
  }),
  stores: z
    .array(
      z.strictObject({
        service: z.string().min(1),
        settings,
        /** Only where these stack values are so. */
        when: z.record(z.string(), scalar).default({}),
        /** The store knows every event of a run only where this holds; elsewhere nothing is verified, and the report says why. */
        proof: z
          .strictObject({
            /** Instances of the service at most: each knows what it got itself. */
            instances: limit.optional(),
            /** Events of a run at most: the oldest are forgotten. */
            events: limit.optional(),
            /** Seconds after which an event is forgotten, by its own time; of several the smallest counts. */
            ageS: z.union([limit, z.array(limit).min(1)]).optional(),
            /** Stack values, compared as they are written in stack.yaml. */
            values: z.record(z.string(), scalar).default({}),
          })
          .default({ values: {} }),
        /** How long nothing more may arrive before what is missing counts as lost. */
        settle: duration.default(15_000),
      }),
    )
    .min(1),
  draw: z.record(name, drawSpec).default({}),
  body: z.record(z.string(), z.unknown()),
});

export type TrafficProfile = z.output<typeof profileSchema>;
