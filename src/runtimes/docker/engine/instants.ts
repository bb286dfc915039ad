/** ISO 8601 with milliseconds; undefined for the year 1 that the Engine writes for what has not happened. */
export function instant(text: string): string | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || time.getTime() <= 0 ? undefined : time.toISOString();
}

/**
 * An instant (RFC 3339 in UTC) as the Engine's `since` and `until` take it: seconds and, after the point, nanoseconds,
 * which a Date does not have.
 */
export function engineSeconds(stamp: string): string {
  const fraction = /\.(\d+)Z$/.exec(stamp)?.[1] ?? '0';
  return `${Math.floor(Date.parse(stamp) / 1000)}.${fraction.padEnd(9, '0')}`;
}
