import { formatBytes } from '../lib/bytes.ts';

/** Facts of a kind for people, in a line: `offset 42, link up, used memory 1.6 MiB`. What is not so is left to the JSON. */
export function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== false)
    .map(([key, value]) => factText(key, value))
    .join(', ');
}

/** The unit is in the name of a fact: `lagBytes`, `latencyMs`. */
function factText(key: string, value: unknown): string {
  if (value === true) return words(key);
  if (typeof value === 'number' && key.endsWith('Bytes')) return `${words(key.slice(0, -5))} ${formatBytes(value)}`;
  if (typeof value === 'number' && key.endsWith('Ms')) return `${words(key.slice(0, -2))} ${value} ms`;
  return `${words(key)} ${Array.isArray(value) ? value.join('+') : (value ?? '-')}`;
}

/** `masterName` -> `master name`. */
function words(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
