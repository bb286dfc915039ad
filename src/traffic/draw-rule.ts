/** What a draw is made of. */
import type { DueOf } from './arrival/due-times.ts';
import type { SlotOf, Values } from './placeholders.ts';
import type { DrawSpec } from './profile-draw.ts';

export interface Moment {
  /** Place of the event in the run, from 0. */
  index: number;
  readonly epochMs: number;
  /** When an event is due by the arrival of the profile; absent: that has no rate. */
  readonly dueOf?: DueOf | undefined;
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
