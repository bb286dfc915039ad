/** What is assumed of a recipient without a history: when people read mail in general, by hour of the week in UTC. */

export const HOURS_PER_WEEK = 168;
export const HOURS_PER_DAY = 24;

/** Relative weight of each hour of the day, for Monday to Friday and for the weekend. A morning peak, a second one after lunch. */
const WEEKDAY_HOURS = [1, 1, 1, 1, 1, 2, 4, 7, 11, 14, 15, 13, 10, 11, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2];
const WEEKEND_HOURS = [1, 1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 7, 6, 5, 5, 4, 4, 4, 5, 5, 5, 4, 3, 2];
/** Relative weight of each day, Monday first. */
const DAYS = [9, 11, 10, 10, 8, 5, 6];

/** Shares that add up to 1. Index: day (0 is Monday) times 24 plus hour. */
export const PRIOR: readonly number[] = shares(
  DAYS.flatMap((day, index) => {
    const hours = shares(index < 5 ? WEEKDAY_HOURS : WEEKEND_HOURS);
    return hours.map((hour) => day * hour);
  }),
);

function shares(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
