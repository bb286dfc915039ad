/** How fast the batches of a run really left, and how many were on their way. Times are given, none is read. */

/** A batch that left. Milliseconds after the start of the run. */
export interface Departure {
  /** Events before it. */
  readonly sequence: number;
  readonly events: number;
  readonly atMs: number;
  /** When its first event was due; undefined: there is no schedule. */
  readonly dueMs: number | undefined;
}

export interface MeterView {
  /** Undefined: nothing left. */
  readonly last: Departure | undefined;
  /** Most batches that were on their way at the same time. */
  readonly mostInFlight: number;
  /** How long as many as may be were on their way, in milliseconds: nothing more could be sent then. */
  readonly fullMs: number;
  /** On their way now. */
  readonly inFlight: number;
}

export interface Meter extends MeterView {
  /** A batch is handed over. */
  sent(batch: Departure): void;
  /** It is answered. */
  answered(atMs: number): void;
}

/** @param limit how many batches may be on their way at the same time. */
export function createMeter(limit: number): Meter {
  let last: MeterView['last'];
  let [inFlight, mostInFlight, fullMs, fullSinceMs] = [0, 0, 0, 0];
  return {
    get last() {
      return last;
    },
    get mostInFlight() {
      return mostInFlight;
    },
    get fullMs() {
      return fullMs;
    },
    get inFlight() {
      return inFlight;
    },
    sent: (batch) => {
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      if (inFlight === limit) fullSinceMs = batch.atMs;
      if (last === undefined || batch.sequence > last.sequence) last = batch;
    },
    answered: (atMs) => {
      if (inFlight === limit) fullMs += atMs - fullSinceMs;
      inFlight -= 1;
    },
  };
}
