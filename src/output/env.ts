import { Secret } from '../lib/secret.ts';

export const envFormats = ['shell', 'dotenv', 'json', 'ioredis'] as const;
export type EnvFormat = (typeof envFormats)[number];

/** Variables in a form that something reads. Secrets are revealed: this is what `stackctl env` is for. */
export function envText(variables: Readonly<Record<string, unknown>>, format: Exclude<EnvFormat, 'ioredis'>): string {
  if (format === 'json') return JSON.stringify(revealed(variables), null, 2);
  const lines = Object.entries(variables).map(([key, value]) => {
    const text = String(value instanceof Secret ? value.reveal() : value);
    return format === 'shell' ? `export ${key}=${shellQuote(text)}` : `${key}=${dotenvQuote(text)}`;
  });
  return lines.join('\n');
}

/** Secrets print as `[redacted]` in JSON too, so they are replaced before. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revealed(entry)]));
}

/** Single quotes keep everything but themselves (POSIX sh, 2.2.2). */
function shellQuote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function dotenvQuote(text: string): string {
  return /^[\w./:@-]*$/.test(text)
    ? text
    : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
