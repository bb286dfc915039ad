const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?(?![\w:])/;
const REDIS = /^\d+:[A-Z] (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d)\.(\d{3}) /;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * When a server wrote this line, where the line begins with it: ISO 8601 (`2026-11-21T03:17:20.123Z`, PostgreSQL's
 * `2026-11-21 03:17:20.123 UTC`) or Redis' `1234:M 21 Nov 2026 03:17:20.123 * …`. Without a zone it is local time.
 */
export function timeOfLine(line: string): Date | undefined {
  const text = isoText(line) ?? redisText(line);
  const time = text === undefined ? undefined : new Date(text);
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

function isoText(line: string): string | undefined {
  const found = ISO.exec(line);
  if (found === null) return undefined;
  const [, day, time, fraction = '0', zone = ''] = found;
  return `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.replace(/^(UTC|GMT)$/, 'Z')}`;
}

function redisText(line: string): string | undefined {
  const found = REDIS.exec(line);
  if (found === null) return undefined;
  const [, day, month = '', year, time, millis] = found;
  const number = MONTHS.indexOf(month) + 1;
  return number === 0 ? undefined : `${year}-${String(number).padStart(2, '0')}-${day}T${time}.${millis}`;
}
