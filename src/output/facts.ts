import { formatBytes } from '../lib/bytes.ts';

/** Facts of a kind for people, in a line: `offset 42, not loading, used memory 1.6 MiB, latency 3 ms`. */
export function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([key, value]) => factText(key, value))
    .join(', ');
}

/** The unit is in the name of a fact: `lagBytes`, `latencyMs`. */
function factText(key: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? words(key) : `not ${words(key)}`;
  if (typeof value === 'number' && key.endsWith('Bytes')) return `${words(key.slice(0, -5))} ${formatBytes(value)}`;
  if (typeof value === 'number' && key.endsWith('Ms')) return `${words(key.slice(0, -2))} ${value} ms`;
  return `${words(key)} ${Array.isArray(value) ? value.join('+') : (value ?? '-')}`;
}

/** `masterName` -> `master name`. */
function words(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
