const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?(?![\w:])/;

/**
 * When a server wrote this line, where the line begins with it in ISO 8601: `2026-11-21T03:17:20.123Z`, or PostgreSQL's
 * `2026-11-21 03:17:20.123 UTC`. Without a zone it is local time. Other forms are known to the kind (`Kind.logTime`).
 */
export function timeOfLine(line: string): Date | undefined {
  const found = ISO.exec(line);
  if (found === null) return undefined;
  const [, day, time, fraction = '0', zone = ''] = found;
  const text = `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.replace(/^(UTC|GMT)$/, 'Z')}`;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
