/** Instants of recordings, which other programs have written. Pure. */
import { type ParsedInstant, parseInstant } from '../../lib/instant.ts';

/**
 * The field of an object, or the column of a table, that has its instant: the first of these names that is there, in this
 * order, as it is written here. An option names any other one.
 */
export const TIME_FIELDS = ['at', 'ts', 'time', 'timestamp'] as const;

/** Smaller numbers are seconds: as seconds it is in the year 5138, as milliseconds in March 1973. */
const FIRST_MILLISECONDS = 1e11;
/** Larger ones are microseconds or nanoseconds, which no field is read as. */
const AFTER_MILLISECONDS = 1e14;

/** A time zone is needed, seconds may be left out; PostgreSQL writes a space where ISO 8601 has a T. */
const SPACE_FOR_T = /^(\d{4}-\d\d-\d\d) (?=\d)/;
const NUMBER = /^(\d+)(?:\.(\d+))?$/;
/** The part of a fraction of a second that `parseInstant` cuts off. */
const BELOW_MILLISECONDS = /\.\d{3}(\d{1,6})/;

/** The name of the field that has the instant; undefined: there is none. */
export function timeFieldOf(names: { has(name: string): boolean }, wanted: string | undefined): string | undefined {
  return (wanted === undefined ? TIME_FIELDS : [wanted]).find((name) => names.has(name));
}

/**
 * Unix time in milliseconds, with fractions, of an instant as a recording has it: a number of seconds (below 1e11) or
 * milliseconds since 1970, as a number or as text, or an instant in ISO 8601 with its offset.
 */
export function recordedInstant(value: unknown): ParsedInstant {
  if (typeof value === 'number') return instantOfNumber(String(value), value);
  if (typeof value !== 'string') return { problem: `must be an instant: ${FORMS}` };
  if (NUMBER.test(value)) return instantOfNumber(value, Number(value));
  const parsed = parseInstant(value.replace(SPACE_FOR_T, '$1T'));
  if ('problem' in parsed) return { problem: `must be an instant: ${FORMS}` };
  const [, finer] = BELOW_MILLISECONDS.exec(value) ?? [];
  return finer === undefined ? parsed : { ms: parsed.ms + Number(`0.${finer}`) };
}

const FORMS =
  'a number of seconds or milliseconds since 1970, or text in ISO 8601 with its offset such as 2026-01-31T12:00:00.250Z';

function instantOfNumber(text: string, value: number): ParsedInstant {
  if (!(value >= 0)) return { problem: `must be an instant: ${FORMS}` };
  if (value >= AFTER_MILLISECONDS) return { problem: 'must be seconds or milliseconds, and is too large for them' };
  if (value >= FIRST_MILLISECONDS) return { ms: value };
  const [, whole, fraction = ''] = NUMBER.exec(text) ?? [];
  return { ms: whole === undefined ? value * 1000 : msOfSeconds(whole, fraction) };
}

/** Milliseconds of a decimal number of seconds, given by its digits: rounded once, where `seconds * 1000` rounds twice. */
export function msOfSeconds(whole: string, fraction: string): number {
  const digits = fraction.padEnd(3, '0');
  return Number(`${whole}${digits.slice(0, 3)}.${digits.slice(3)}`);
}
