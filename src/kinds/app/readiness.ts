/** What a program says about itself at its readiness path -> a probe. Pure. */
import * as z from 'zod';
import type { Stack } from '../../stack/contract/model.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import { shownText } from '../../stack/derived/shown-log.ts';
import { answered } from '../_shared/program/answered.ts';

const answerSchema = z.object({
  status: z.string().optional(),
  checks: z.array(z.object({ name: z.string(), status: z.string(), output: z.string().optional() })).default([]),
});

export interface ReadyAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly text: string;
  readonly latencyMs: number;
}

/**
 * 200: ready, and what fails all the same is what the program does without. Anything else: not ready, because of the
 * checks that fail, or else because of the status and what the body says beside it.
 */
export function probeOf(path: string, { status, text, latencyMs }: ReadyAnswer, stack: Stack): Probe {
  const answer = parsed(text);
  const failed = (answer?.checks ?? [])
    .filter((check) => check.status === 'fail')
    .map(({ name, output }) => (output === undefined ? `${name} fails` : `${name}: ${output}`))
    .map((reason) => shownText(reason, stack));
  const facts = { status: answer?.status ?? String(status), latencyMs };
  if (status === 200) return { role: undefined, reasons: [], facts, ...(failed.length > 0 && { degraded: failed }) };
  return { role: undefined, reasons: failed.length > 0 ? failed : [answered(path, { status, text }, stack)], facts };
}

function parsed(text: string): z.output<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
