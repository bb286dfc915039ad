/** The schema of a traffic profile. `docs/traffic.md` explains every key. */
import * as z from 'zod';
import { INSTANT_FORMS, parseInstant } from '../lib/instant.ts';
import { arrival, threshold } from './profile-arrival.ts';
import { drawSpec } from './profile-draw.ts';
import { duration, label, name } from './profile-spans.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' });

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

const settings = z.record(z.string(), z.unknown()).default({});
const body = z.record(z.string(), z.unknown());

/** Who is sent events, and how. */
const send = z.strictObject({
  /** As reports and thresholds name it, where the profile sends to several. */
  name: label.optional(),
  service: z.string().min(1),
  /** Events that are sent together. */
  batch: z.int().min(1).max(100_000).default(100),
  /** Batches that may be on their way at the same time. */
  inFlight: z.int().min(1).max(256).default(4),
  /** Share of the events that are sent once more, where the service knows a repetition. */
  repeat: z.number().min(0).max(1).default(0),
  settings,
  /** What this one is sent of an event, where it is not what the others are. */
  body: body.optional(),
});

export type SendSpec = z.output<typeof send>;

/** One kind of event. What it does not say is as the profile says it for all. */
const operation = z.strictObject({
  /** How many of the events are of this one, beside the weights of the others. */
  weight: z.number().positive().default(1),
  send: send.optional(),
  also: z.array(send).default([]),
  /** Drawn after the draws of the profile. */
  draw: z.record(name, drawSpec).default({}),
  body: body.optional(),
});

export const profileSchema = z.strictObject({
  profile: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'must be lower case letters, digits and dashes' }),
  description: z.string().min(1),
  /** Of several profiles the one that is meant where none is named. */
  default: z.boolean().default(false),
  epoch: epoch.default('now'),
  send: send.optional(),
  /** Further ones that are sent the same events, with the same ids. */
  also: z.array(send).default([]),
  stores: z
    .array(
      z.strictObject({
        service: z.string().min(1),
        settings,
        /** Whose events it holds; by default those of all. */
        operations: z.array(z.string()).min(1).optional(),
        /** Whose acknowledgements it has to keep, where an operation is sent to several. */
        sinks: z.array(z.string()).min(1).optional(),
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
    .default([]),
  /** When events are due in an open loop. */
  arrival: arrival.default({ process: 'constant' }),
  thresholds: z.array(threshold).default([]),
  draw: z.record(name, drawSpec).default({}),
  body: body.optional(),
  /** Several kinds of events, each as often as its weight says. */
  operations: z.record(label, operation).default({}),
});

export type TrafficProfile = z.output<typeof profileSchema>;
