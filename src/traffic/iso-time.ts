/** ISO 8601 in UTC of times that lie close together, many times as fast as a Date. Pure but for what it remembers. */

const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;

const clocks = Array.from(
  { length: DAY_MINUTES },
  (_, minute) => `T${digits(minute / 60, 2)}:${digits(minute % 60, 2)}:`,
);
const seconds = Array.from({ length: 60 }, (_, second) => digits(second, 2));
const fractions = Array.from({ length: 1000 }, (_, millisecond) => `.${digits(millisecond, 3)}Z`);

/** Of each place the minute that was there last, and its text up to the seconds. More than a day has, and a power of two. */
const MINUTES_KEPT = 2048;
const minutes = new Float64Array(MINUTES_KEPT).fill(Number.NaN);
const texts = new Array<string>(MINUTES_KEPT).fill('');

const DAYS_KEPT = 1000;
const days = new Map<number, string>();

/** @param ms a whole number: Unix time. @throws RangeError for what is no time. */
export function isoOf(ms: number): string {
  const minute = Math.floor(ms / MINUTE_MS);
  const rest = ms - minute * MINUTE_MS;
  const second = Math.floor(rest / 1000);
  const place = minute & (MINUTES_KEPT - 1);
  const text = minutes[place] === minute ? texts[place] : remember(minute, place);
  return `${text}${seconds[second]}${fractions[rest - second * 1000]}`;
}

function remember(minute: number, place: number): string {
  const day = Math.floor(minute / DAY_MINUTES);
  const text = dateOf(day) + (clocks[minute - day * DAY_MINUTES] ?? '');
  minutes[place] = minute;
  texts[place] = text;
  return text;
}

function dateOf(day: number): string {
  const known = days.get(day);
  if (known !== undefined) return known;
  const [date = ''] = new Date(day * DAY_MINUTES * MINUTE_MS).toISOString().split('T');
  if (days.size >= DAYS_KEPT) days.clear();
  days.set(day, date);
  return date;
}

function digits(value: number, length: number): string {
  return String(Math.floor(value)).padStart(length, '0');
}
