/** `2026-01-31T12:00:00.250750Z`, of Unix time in milliseconds with fractions. Pure. */
export function microsecondsText(ms: number): string {
  const micros = Math.round(ms * 1000);
  const text = new Date(Math.floor(micros / 1000)).toISOString();
  return `${text.slice(0, -1)}${String(micros % 1000).padStart(3, '0')}Z`;
}
