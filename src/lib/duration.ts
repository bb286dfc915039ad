const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const BY_SIZE = ['d', 'h', 'm', 's', 'ms'];

/** The longest that a timer of Node.js can hold, 24.8 days: it fires at once for more. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** For spans of a calendar, which no timer waits for: ten years. */
export const LONGEST_SPAN_MS = 3653 * 86_400_000;

/**
 * `500ms`, `10s`, `1.5m`, `1m30s`, `2h`, `1d` -> milliseconds. Undefined for anything else: a number without a unit, units
 * that are given twice or in another order (`30s1m`), and more than `longestMs` (default: what a timer can hold).
 */
export function parseDuration(text: string, longestMs = LONGEST_TIMER_MS): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (parts.length === 0 || length !== text.length) return undefined;
  const order = parts.map(([, , unit = '']) => BY_SIZE.indexOf(unit));
  if (order.some((place, index) => index > 0 && place <= (order[index - 1] ?? 0))) return undefined;
  const ms = Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0));
  return ms <= longestMs ? ms : undefined;
}

/** A duration in itself, and longer than what a timer can hold. */
export function isTooLong(text: string): boolean {
  return parseDuration(text) === undefined && parseDuration(text, Number.POSITIVE_INFINITY) !== undefined;
}

/** Milliseconds as a person would type them, in the largest unit that needs no fraction: `10s`, `1500ms`. */
export function formatTyped(ms: number): string {
  const fitting = Object.entries(UNITS).filter(([, size]) => ms >= size && ms % size === 0);
  const [unit, size] = fitting.at(-1) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** Milliseconds for people: `412 ms`, `8.4 s`, `1 m 05 s`, `2 h 03 m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
