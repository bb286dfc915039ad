/**
 * Secrets whose text is not in the Compose file (it is in `.env`, which is in no repository) must not get into a stack.yaml by another
 * way than the value that names them: a command, a health check, a build argument. Pure.
 */
import type { Entry } from './context.ts';
import type { SecretValue } from './secrets.ts';

/** Stands for such a text. */
export const PLACEHOLDER = 'change-me';
/** Shorter ones would be found in words that have nothing to do with them. */
const SHORTEST = 6;

export function withoutUnshared(entry: Entry, unshared: readonly SecretValue[]): Entry {
  const found = new Set<string>();
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return unshared.reduce((text, secret) => {
        if (secret.text.length < SHORTEST || !text.includes(secret.text)) return text;
        found.add(secret.name);
        return text.replaceAll(secret.text, PLACEHOLDER);
      }, value);
    }
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  const keys = Object.fromEntries(Object.entries(entry.keys).map(([key, value]) => [key, walk(value)]));
  if (found.size === 0) return entry;
  const what = `a secret that is not in the Compose file stood where none can be filled in: it is ${PLACEHOLDER} now (${[...found].join(', ')})`;
  return { ...entry, keys, changed: [...entry.changed, what] };
}
