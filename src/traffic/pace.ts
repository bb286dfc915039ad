/** When events are sent. Pure. */

/** With a rate, batches are small enough that this much time lies between two of them at most. */
const SMOOTH_MS = 20;

/** How many events go together: a slow rate in large batches would be one burst after another. */
export function chunkSize(batch: number, ratePerS: number | undefined): number {
  if (ratePerS === undefined) return batch;
  return Math.max(1, Math.min(batch, Math.floor((ratePerS * SMOOTH_MS) / 1000)));
}

/** Milliseconds after the start of the run at which an event is due: counted from the start, so that delays do not add up. */
export function dueMs(sequence: number, ratePerS: number | undefined): number {
  return ratePerS === undefined ? 0 : (sequence * 1000) / ratePerS;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** After so many batches in a row that found the service away. */
export function pauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
