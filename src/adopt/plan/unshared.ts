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

/** @param all entries of the stack: those that name such a secret get its text, and the entry has another one then. */
export function withoutUnshared(entry: Entry, unshared: readonly SecretValue[], all: readonly Entry[]): Entry {
  const found = new Set<string>();
  const hidden = (value: string): string =>
    unshared.reduce((text, secret) => {
      if (secret.text.length < SHORTEST || !text.includes(secret.text)) return text;
      found.add(secret.name);
      return text.replaceAll(secret.text, PLACEHOLDER);
    }, value);
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return hidden(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  const keys = Object.fromEntries(Object.entries(entry.keys).map(([key, value]) => [key, walk(value)]));
  const notes = [...found].map((secret) => noteOf(secret, entry, all));
  return { ...entry, keys, changed: [...entry.changed.map(hidden), ...notes] };
}

function noteOf(secret: string, { name }: Entry, all: readonly Entry[]): string {
  const users = all.filter(({ keys }) => JSON.stringify(keys).includes(`{{${secret}}}`)).map((one) => one.name);
  const others = users.filter((user) => user !== name);
  const what = `a secret that is not in the Compose file stood where none can be filled in: it is ${PLACEHOLDER} now (${secret})`;
  if (others.length > 0)
    return `${what}; until that is edited, ${name} and ${others.join(', ')}, which use it, disagree`;
  return users.length > 0 ? `${what}; until that is edited, ${name} and its own variables disagree` : what;
}
