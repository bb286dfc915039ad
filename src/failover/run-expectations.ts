import type { Prediction } from '../stack/contract/scenario.ts';

/** What a scenario says has to come of it, in figures. */
export interface Expected {
  readonly switches: readonly [least: number, most: number];
  /** An outage that it brings about by itself, in milliseconds. */
  readonly outageMs?: number | undefined;
  /** What the model says, where there is one. */
  readonly prediction?: Prediction | undefined;
}

/** What passes, in milliseconds: a limit that a scenario must break by what it does would say nothing. */
export function longestOutageMs(
  { maxOutageMs }: { readonly maxOutageMs: number },
  { outageMs = 0 }: Pick<Expected, 'outageMs'>,
): number {
  return Math.max(maxOutageMs, outageMs);
}

/** Then the outage ends with the new primary: what the old one still acknowledges may be lost, and does not shorten it. */
export function isChangedOnce({ switches: [least, most] }: Expected): boolean {
  return least === 1 && most === 1;
}

/** What a scenario has found out itself. */
export interface Fact {
  readonly name: string;
  /** Null: it holds. */
  readonly problem: string | null;
  /** With that problem the run says nothing: it is inconclusive and no failure. */
  readonly isDoubt?: boolean | undefined;
}

/** By which the arbiters order their decisions. */
export interface Epochs {
  readonly before: number;
  /** Undefined: they did not agree. */
  readonly after: number | undefined;
}
