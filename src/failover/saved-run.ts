/**
 * A run as its file has it: a line for each write, and at the end one with everything else that was observed. So it can be judged
 * again, by other limits or by a newer stackctl, when the servers are long gone.
 */
import { open } from 'node:fs/promises';
import * as z from 'zod';
import { StackctlError } from '../errors.ts';
import { unreadable } from '../lib/files.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import { fieldName } from '../stack/source/problem.ts';
import { mistakesIn } from '../stack/source/zod-problems.ts';
import type { Observations } from './run-report.ts';

/** Of the last line. The first one knew only scenarios that change the primary once. */
const SCHEMA_VERSION = 2;

const ms = z.number();
const count = z.int().min(0);

const writeSchema = z.object({
  value: z.int().min(1),
  intended: ms,
  invoked: ms,
  completed: ms,
  outcome: z.enum(['acked', 'failed', 'unknown']),
  node: z.string().optional(),
  noneAt: ms.optional(),
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

const endSchema = z.object({
  type: z.literal('end'),
  schemaVersion: z.union([z.literal(1), z.literal(SCHEMA_VERSION)]),
  scenario: z.string(),
  runId: z.string(),
  faultAt: z.string(),
  fault: z.object({
    what: z.string().optional(),
    calledAt: ms,
    returnedAt: ms,
    seen: z.object({ source: z.string(), notYetAt: ms, seenAt: ms }).optional(),
    sparesPrimary: z.boolean().optional(),
  }),
  expects: z
    .object({ switches: z.tuple([count, count]), outageMs: ms.optional(), prediction: prediction.optional() })
    .default({ switches: [1, 1] }),
  begunAt: ms.optional(),
  recoversFrom: ms.optional(),
  lossWindowMs: ms.optional(),
  facts: z
    .array(z.object({ name: z.string(), problem: z.string().nullable(), isDoubt: z.boolean().optional() }))
    .default([]),
  epochs: z.object({ before: count, after: count.optional() }).optional(),
  oldPrimary: z.string(),
  newPrimary: z.string().optional(),
  finalRead: z.object({ node: z.string(), values: z.array(z.int()) }).optional(),
  explanation: z.array(z.string()),
  events: z.array(eventSchema),
  stats: z.object({ sent: count, sentRatePerS: z.number().nullable(), late: count, eventLoopLagMaxMs: ms }),
  ratePerS: z.number().positive(),
  discoveryMs: ms,
  arbiter: z.string(),
  detectionMs: ms,
  thresholds: z.object({ maxOutageMs: ms, maxLost: count, maxSplitBrainMs: ms.optional() }),
  roles: z
    .object({
      spans: z.array(z.object({ node: z.string(), isPrimary: z.boolean(), from: ms, to: ms })),
      everyMs: ms,
      widestMs: ms.default(0),
    })
    .optional(),
});

/** The last line of the file of a run. */
export function endOf({ history: _, historyFile: __, ...observed }: Observations): object {
  return { type: 'end', schemaVersion: SCHEMA_VERSION, ...observed };
}

/**
 * What a run observed. Writes may stand in any order, each value once.
 * @throws E_STATE_UNREADABLE; E_HISTORY_INVALID with the line for what is no history, and for a run that was ended before its
 *   last line.
 */
export async function readRun(path: string): Promise<Observations> {
  const history: WriteRecord[] = [];
  const seen = new Map<number, number>();
  let end: z.infer<typeof endSchema> | undefined;
  let number = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    if (end !== undefined) throw invalid(path, number, 'stands behind the end of the run');
    const line = parsed(path, number, text);
    if (isEnd(line)) {
      end = shaped(endSchema, path, number, line);
      continue;
    }
    const record = shaped(writeSchema, path, number, line) as WriteRecord;
    const before = seen.get(record.value);
    if (before !== undefined)
      throw invalid(path, number, `value ${record.value} has an outcome already, in line ${before}`);
    seen.set(record.value, number);
    history.push(record);
  }
  if (end === undefined) throw unfinished(path, history.length);
  const { type: _, schemaVersion: __, ...observed } = end;
  const absent = { newPrimary: undefined, finalRead: undefined, epochs: undefined };
  return { ...absent, ...observed, history, historyFile: path } as Observations;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await open(path).catch((error: unknown) => Promise.reject(unreadable(path, error)));
  try {
    for await (const line of file.readLines()) yield line;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

function parsed(path: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid(path, line, 'is not JSON');
  }
}

function isEnd(line: unknown): boolean {
  return typeof line === 'object' && line !== null && 'type' in line;
}

function shaped<T>(schema: z.ZodType<T>, path: string, line: number, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = mistakesIn(schema, value);
  throw invalid(path, line, `${fieldName(first?.path ?? [])} ${first?.message}`.trim());
}

function invalid(path: string, line: number, problem: string): StackctlError {
  return new StackctlError('E_HISTORY_INVALID', `${path}:${line}: ${problem}`, {
    hint: 'Give a file that `failover-test` names as "every write" (historyFile in its JSON), as it was written.',
    details: { path, line },
  });
}

function unfinished(path: string, writes: number): StackctlError {
  return new StackctlError(
    'E_HISTORY_INVALID',
    `${path} has ${writes} writes and no end: the run was ended before its final read, or an older stackctl wrote it`,
    {
      hint: 'Nothing can be said of lost writes without what was read afterwards: run `stackctl failover-test` again.',
    },
  );
}
