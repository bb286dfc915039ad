export type Outcome = 'pass' | 'fail' | 'inconclusive';

/** What has to hold in a run. Names are part of the JSON and of the JUnit report. */
export interface Invariant {
  readonly name: string;
  readonly outcome: Outcome;
  /** Null for `pass`. */
  readonly reason: string | null;
}

/** @param reason false: it holds. */
export function failed(name: string, reason: string | false): Invariant {
  return unlessHolds(name, 'fail', reason);
}

/** It could not be found out. @param reason false: it holds. */
export function doubted(name: string, reason: string | false): Invariant {
  return unlessHolds(name, 'inconclusive', reason);
}

function unlessHolds(name: string, outcome: Outcome, reason: string | false): Invariant {
  return reason === false ? { name, outcome: 'pass', reason: null } : { name, outcome, reason };
}
