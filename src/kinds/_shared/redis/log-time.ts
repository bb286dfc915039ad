const TIME = /^\d+:[A-Z] (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d)\.(\d{3}) /;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The time in `1234:M 21 Nov 2026 03:17:20.123 * …`, which is local time; undefined where a line has none. */
export function logTime(line: string): Date | undefined {
  const found = TIME.exec(line);
  if (found === null) return undefined;
  const [, day, month = '', year, time, millis] = found;
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return undefined;
  const at = new Date(`${year}-${String(number).padStart(2, '0')}-${day}T${time}.${millis}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
