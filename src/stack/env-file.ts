import { Secret } from '../lib/secret.ts';

/** Lines `NAME=value` as Compose (`.env`, `env_file`) and POSIX shells read them. Secrets are revealed. */
export function envFileText(variables: Iterable<readonly [string, string | Secret]>): string {
  return [...variables]
    .map(([name, value]) => `${name}=${quote(value instanceof Secret ? value.reveal() : value)}\n`)
    .join('');
}

/**
 * Compose and shells agree on single quotes: nothing inside is expanded. They end at the next single quote, which
 * Compose overlooks after a backslash; such a text goes in double quotes, with what has a meaning there escaped. Only a
 * backtick beside a single quote is read differently: Compose keeps its backslash, and without one a shell would run it.
 */
function quote(text: string): string {
  if (/^[\w./:@-]*$/.test(text)) return text;
  if (!text.includes("'") && !text.endsWith('\\')) return `'${text}'`;
  return `"${text.replace(/["\\$`]/g, '\\$&')}"`;
}
