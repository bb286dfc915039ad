/** What the lines of the file of a run have to be. */
import * as z from 'zod';

/**
 * Of the last line. The first one knew only scenarios that change the primary once, the second one no clients, the third one only
 * lists.
 */
export const SCHEMA_VERSION = 4;

const ms = z.number();
const count = z.int().min(0);

/** A line of a write. Times are milliseconds of the run's clock. */
export const writeSchema = z.object({
  /** Absent: stackctl's own writer. */
  client: z.string().optional(),
  value: z.int().min(1),
  intended: ms,
  invoked: ms,
  completed: ms,
  outcome: z.enum(['acked', 'failed', 'unknown']),
  node: z.string().optional(),
  noneAt: ms.optional(),
  answer: count.optional(),
  error: z.string().optional(),
});

const eventSchema = z.object({
  at: ms,
  source: z.string(),
  name: z.string(),
  text: z.string(),
  phase: z.enum(['detected', 'agreed', 'elected', 'promoted', 'switched', 'aborted']).optional(),
  primary: z.string().optional(),
});

const phaseTime = z.enum(['detectedMs', 'agreedMs', 'electedMs', 'promotedMs', 'switchedMs', 'firstWriteMs']);

const prediction = z.object({
  lowMs: ms,
  highMs: ms,
  phases: z.array(
    z.object({ name: z.string(), from: z.union([z.literal('fault'), phaseTime]), to: phaseTime, mostMs: ms }),
  ),
});

const replica = z.object({ node: z.string(), missing: count, extra: count, problem: z.string().optional() });

const finalRead = z
  .object({
    node: z.string(),
    values: z.array(z.int()),
    heardAt: z.array(ms).optional(),
    away: z.array(z.object({ from: ms, to: ms })).optional(),
    replicas: z.array(replica).optional(),
  })
  .optional();

const stats = z.object({
  sent: count,
  sentRatePerS: z.number().nullable(),
  late: count,
  eventLoopLagMaxMs: ms,
  problem: z.string().optional(),
});

const seen = z.object({ source: z.string(), notYetAt: ms, seenAt: ms });

/** The last line. */
export const endSchema = z.object({
  type: z.literal('end'),
  schemaVersion: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(SCHEMA_VERSION)]),
  scenario: z.string(),
  runId: z.string(),
  faultAt: z.string(),
  fault: z.object({
    what: z.string().optional(),
    calledAt: ms,
    returnedAt: ms,
    seen: seen.optional(),
    effect: seen.optional(),
    sparesPrimary: z.boolean().optional(),
  }),
  expects: z
    .object({ switches: z.tuple([count, count]), outageMs: ms.optional(), prediction: prediction.optional() })
    .default({ switches: [1, 1] }),
  begunAt: ms.optional(),
  recoversFrom: ms.optional(),
  lossWindowMs: ms.optional(),
  onTheWayMs: ms.optional(),
  facts: z
    .array(z.object({ name: z.string(), problem: z.string().nullable(), isDoubt: z.boolean().optional() }))
    .default([]),
  epochs: z.object({ before: count, after: count.optional() }).optional(),
  oldPrimary: z.string(),
  newPrimary: z.string().optional(),
  finalRead,
  clients: z
    .array(
      z.object({
        name: z.string(),
        title: z.string().optional(),
        shape: z.enum(['list', 'set', 'register', 'counter', 'pubsub']).default('list'),
        finalRead,
        stats,
        ratePerS: z.number().positive(),
      }),
    )
    .optional(),
  explanation: z.array(z.string()),
  remedies: z.array(z.string()).optional(),
  events: z.array(eventSchema),
  stats,
  ratePerS: z.number().positive(),
  discoveryMs: ms,
  arbiter: z.string(),
  detectionMs: ms,
  thresholds: z.object({ maxOutageMs: ms, maxLost: count, maxSplitBrainMs: ms.optional() }),
  promotions: z
    .array(z.object({ at: ms, node: z.string(), behind: z.object({ node: z.string(), bytes: z.number() }).optional() }))
    .optional(),
  reads: z
    .object({
      withinMs: ms,
      gaps: z.array(z.object({ by: z.enum(['any', 'replica']), from: ms, to: ms })),
      answered: z.array(z.enum(['any', 'replica'])),
    })
    .optional(),
  resyncs: z.object({ full: count, partial: count }).optional(),
  roles: z
    .object({
      spans: z.array(z.object({ node: z.string(), isPrimary: z.boolean(), from: ms, to: ms })),
      everyMs: ms,
      widestMs: ms.default(0),
    })
    .optional(),
});
