/** Where a part of a recording begins or ends. Pure. */
import { LONGEST_SPAN_MS, parseDuration } from '../../lib/duration.ts';
import { parseInstant } from '../../lib/instant.ts';

export type TimeBound =
  | {
      readonly type: 'instant';
      /** Unix time in milliseconds. */
      readonly ms: number;
    }
  | {
      readonly type: 'offset';
      /** Milliseconds after the first item of the recording. */
      readonly ms: number;
    };

/** `2026-01-31T12:00:00Z`, or `10s` after the first item; undefined for anything else. */
export function parseTimeBound(text: string): TimeBound | undefined {
  const offset = parseDuration(text, LONGEST_SPAN_MS);
  if (offset !== undefined) return { type: 'offset', ms: offset };
  const instant = parseInstant(text);
  return 'ms' in instant ? { type: 'instant', ms: instant.ms } : undefined;
}

/** Unix time in milliseconds. @param firstMs that of the first item. */
export function boundMs(bound: TimeBound, firstMs: number): number {
  return bound.type === 'instant' ? bound.ms : firstMs + bound.ms;
}
