/** Instants that a person writes, read the same way in every time zone. Pure. */

export type ParsedInstant =
  | {
      /** Unix time in milliseconds. */
      readonly ms: number;
    }
  | {
      /** What is wrong, as the rest of a sentence that begins with the text. */
      readonly problem: string;
    };

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** For messages and help: what `parseInstant` takes. */
export const INSTANT_FORMS = '2026-01-31T12:00:00Z, 2026-01-31T12:00+02:00, or 2026-01-31 for its midnight in UTC';

/**
 * ISO 8601: a date with a time and an offset (`Z`, `+02:00`), or a date alone, which is its midnight in UTC. A time
 * without an offset is refused, since it is another instant on every machine, and so is a day that the calendar does not
 * have. What is finer than a millisecond is cut off.
 */
export function parseInstant(text: string): ParsedInstant {
  const found = PATTERN.exec(text);
  if (found === null) return { problem: `is no instant in ISO 8601: write ${INSTANT_FORMS}` };
  const [, year = '', month = '', day = '', hour, minute = '', second = '0', fraction = '', offset] = found;
  if (hour !== undefined && offset === undefined) {
    return { problem: `has no offset, and would be another instant on every machine: write ${text}Z or ${text}+02:00` };
  }
  const offsetMinutes = minutesOf(offset ?? 'Z');
  if (Number(hour ?? 0) > 23 || Number(minute) > 59 || Number(second) > 59 || offsetMinutes === undefined) {
    return { problem: 'has a time of day or an offset that does not exist' };
  }
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for those of the last century.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) {
    return { problem: 'is a day that the calendar does not have' };
  }
  date.setUTCHours(
    Number(hour ?? 0),
    Number(minute) - offsetMinutes,
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  return { ms: date.getTime() };
}

/** `+02:30` -> 150; undefined for an offset that does not exist. */
function minutesOf(offset: string): number | undefined {
  if (offset.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', '') || '0')];
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
