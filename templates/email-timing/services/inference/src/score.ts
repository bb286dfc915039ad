/**
 * How likely a recipient reads mail in each hour of the week. Pure.
 *
 * Two steps, each a mean of what was seen and what is assumed, in which the assumption weighs as much as a fixed number
 * of observations (a Dirichlet prior): first the hours of the day, then the hours of the week on top of them. So someone
 * who reads at eight in the evening from Monday to Wednesday is expected to do so on Thursday too, and someone
 * of whom nothing is known gets the prior itself.
 */
import { HOURS_PER_DAY, HOURS_PER_WEEK, PRIOR } from './prior.ts';

/** Counts by hour of the week, 168 numbers each, Monday 00:00 UTC first. */
export interface History {
  readonly opens: readonly number[];
  readonly clicks: readonly number[];
}

/** Observations that the assumption weighs as much as. */
export const DAY_WEIGHT = 6;
export const WEEK_WEIGHT = 12;
/** A click says more than an open, which a program may have made. */
export const CLICK_WEIGHT = 2;

/** Shares that add up to 1, by hour of the week. */
export function scoresOf({ opens, clicks }: History): readonly number[] {
  const seen = PRIOR.map((_, hour) => (opens[hour] ?? 0) + CLICK_WEIGHT * (clicks[hour] ?? 0));
  const total = sum(seen);
  const priorDay = byHourOfDay(PRIOR);
  const day = byHourOfDay(seen).map(
    (count, hour) => (count + DAY_WEIGHT * (priorDay[hour] ?? 0)) / (total + DAY_WEIGHT),
  );
  return seen.map((count, hour) => {
    const ofDay = hour % HOURS_PER_DAY;
    const assumed = ((day[ofDay] ?? 0) * (PRIOR[hour] ?? 0)) / (priorDay[ofDay] ?? 1);
    return (count + WEEK_WEIGHT * assumed) / (total + WEEK_WEIGHT);
  });
}

/** Part of the score that comes from the prior, from 1 (nothing is known) towards 0. */
export function priorShare({ opens, clicks }: History): number {
  return WEEK_WEIGHT / (sum(opens) + CLICK_WEIGHT * sum(clicks) + WEEK_WEIGHT);
}

/** Of a moment, in UTC: Monday 00:00 to 00:59 is 0. */
export function hourOfWeek(time: Date): number {
  return ((time.getUTCDay() + 6) % 7) * HOURS_PER_DAY + time.getUTCHours();
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function byHourOfDay(hours: readonly number[]): readonly number[] {
  return Array.from({ length: HOURS_PER_DAY }, (_, hour) =>
    sum(
      Array.from({ length: HOURS_PER_WEEK / HOURS_PER_DAY }, (_unused, day) => hours[day * HOURS_PER_DAY + hour] ?? 0),
    ),
  );
}
