/** How fast the batches of a run really left, and how many were on their way. Times are given, none is read. */

export interface MeterView {
  /** Events before the last batch that left, and when it left, in milliseconds after the start; undefined: nothing left. */
  readonly last: { readonly sequence: number; readonly atMs: number } | undefined;
  /** Most batches that were on their way at the same time. */
  readonly mostInFlight: number;
  /** How long as many as may be were on their way, in milliseconds: nothing more could be sent then. */
  readonly fullMs: number;
}

export interface Meter extends MeterView {
  /** A batch that begins with this event is handed over. */
  sent(sequence: number, atMs: number): void;
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
    sent: (sequence, atMs) => {
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      if (inFlight === limit) fullSinceMs = atMs;
      if (last === undefined || sequence > last.sequence) last = { sequence, atMs };
    },
    answered: (atMs) => {
      if (inFlight === limit) fullMs += atMs - fullSinceMs;
      inFlight -= 1;
    },
  };
}
