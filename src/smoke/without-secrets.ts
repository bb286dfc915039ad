import type { PhaseResult } from './results.ts';

/** What came of a phase, in texts that everybody may see who sees the output of a CI. Pure. @param hide takes secrets out of a text. */
export function withoutSecrets(
  { verdict, reasons, warnings, seen, data }: PhaseResult,
  hide: (text: string) => string,
): PhaseResult {
  return {
    ...{ verdict, reasons: shown(reasons, hide), seen: hide(seen), data: shown(data, hide) },
    ...(warnings !== undefined && { warnings: shown(warnings, hide) }),
  };
}

/** The same value with every text in it hidden; names of fields stay. */
function shown<T>(value: T, hide: (text: string) => string): T {
  if (typeof value === 'string') return hide(value) as T;
  if (Array.isArray(value)) return value.map((one) => shown(one, hide)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one, hide)])) as T;
}
