import type { Readiness } from './readiness-option.ts';

/** Of a probe, besides its check. */
const REST_MS = 500;

/** How long a probe takes at most where its check has a time of its own, in milliseconds. */
export function checkMs(readiness: Readiness | undefined): number | undefined {
  return readiness?.timeoutS === undefined ? undefined : readiness.timeoutS * 1000 + REST_MS;
}
