/** What several parts of a profile's schema are made of. */
import * as z from 'zod';
import { LONGEST_SPAN_MS, parseDuration } from '../lib/duration.ts';

export const name = z.string().regex(/^[a-z][A-Za-z0-9]*$/, { error: 'must be camelCase letters and digits' });
/** Of an operation or a sink, as reports and thresholds mention it. */
export const label = z.string().regex(/^[a-z][A-Za-z0-9-]*$/, {
  error: 'must begin with a lower case letter, and have letters, digits and dashes only',
});
export const DAY_MS = 86_400_000;
export const duration = durationOf(undefined, 'must be a duration such as 20ms, 4m or 2d, at most 24d');
/** No timer waits for it. */
export const span = durationOf(LONGEST_SPAN_MS, 'must be a duration such as 20ms, 4m or 2d, at most ten years');

function durationOf(longestMs: number | undefined, error: string) {
  return z
    .string()
    .refine((text) => parseDuration(text, longestMs) !== undefined, { error })
    .transform((text) => parseDuration(text, longestMs) ?? 0);
}
