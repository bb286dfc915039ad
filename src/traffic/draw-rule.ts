/** What a draw is made of. */
import type { SlotOf, Values } from './placeholders.ts';
import type { DrawSpec } from './profile-draw.ts';

export interface Moment {
  /** Place of the event in the run, from 0. */
  index: number;
  readonly epochMs: number;
  /** What was drawn before, and the built-in names. */
  readonly values: Values;
}

/** @param at the number of this draw and event, from 0 up to, not including, 1. */
export type Rule = (moment: Moment, at: number) => unknown;

/** What a draw knows of the others. */
export interface Scope {
  readonly slotOf: SlotOf;
  readonly specOf: (name: string) => DrawSpec | undefined;
  /** The draw before whose every value has the same of this one; undefined: each event draws anew. */
  readonly stableOf?: string;
}
