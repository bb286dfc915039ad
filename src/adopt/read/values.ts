/** Values of a Compose file by their shapes, in whichever of the allowed forms they were written. Pure. */

export type Tree = Readonly<Record<string, unknown>>;

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Text, a number or a boolean as text; undefined for everything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value).flatMap((item) => textOf(item) ?? []);
}

/** A whole number, also as text. */
export function wholeOf(value: unknown): number | undefined {
  const text = textOf(value)?.trim();
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function isYes(value: unknown): boolean {
  return value === true || value === 'true';
}

/** A map, or a list of `NAME=value`; a name alone is undefined. */
export function pairsOf(value: unknown): ReadonlyMap<string, string | undefined> {
  if (Array.isArray(value)) {
    return new Map(
      textsOf(value).map((text): [string, string | undefined] => {
        const at = text.indexOf('=');
        return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
      }),
    );
  }
  return new Map(Object.entries(treeOf(value)).map(([name, item]) => [name, textOf(item)]));
}

/** `1m30s`, `10s`, `1.5h`, `500ms` in seconds, at least one. */
export function secondsOf(value: unknown): number | undefined {
  const text = textOf(value) ?? '';
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/gy)];
  if (parts.length === 0 || parts.reduce((sum, [part]) => sum + part.length, 0) !== text.length) return undefined;
  const sum = parts.reduce((total, [, amount, unit]) => total + Number(amount) * (SECONDS[unit ?? ''] ?? 0), 0);
  return Math.max(1, Math.ceil(sum));
}

const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
