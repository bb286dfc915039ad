const MULTIPLES: Readonly<Record<string, number>> = { '': 1, k: 1000, K: 1000, M: 1_000_000 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, sec: 1, m: 60, min: 60, h: 3600 };

/** `500`, `5k`, `5k/s`, `1.5M/s`, `30/m`, `10/h` -> so many per second. Undefined for anything else, and for none. */
export function parseRate(text: string): number | undefined {
  const [, amount, multiple = '', unit = 's'] = /^(\d+(?:\.\d+)?)([kKM]?)(?:\/(s|sec|m|min|h))?$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const perS = (Number(amount) * (MULTIPLES[multiple] ?? 1)) / (SECONDS[unit] ?? 1);
  return perS > 0 && Number.isFinite(perS) ? perS : undefined;
}

export const RATE_FORMS = 'must be a rate above 0 such as 500/s, 5k/s or 30/m';
