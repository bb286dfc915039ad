import { Secret } from '../../lib/secret.ts';
import type { Stack } from '../contract/model.ts';

/** Shorter texts stand in many lines by chance, and would make them unreadable. */
const SHORTEST = 4;
/** How Redis quotes the line of its configuration that it refuses; a literal password may stand behind the first word. */
const REDIS_QUOTES = /^(.*>>> '\s*\S+).*$/s;

type Known = Pick<Stack, 'values'> & Partial<Pick<Stack, 'services'>>;

/** Texts of a stack that nobody may read in what is shown of it: its secret values, and variables from files of its services. */
export function secretTexts({ values, services = [] }: Known): readonly string[] {
  const fromFiles = services.flatMap(({ environment }) => environment.filter(({ isLiteral }) => isLiteral === true));
  return [...values, ...fromFiles].flatMap(({ value }) => (value instanceof Secret ? [value.reveal()] : []));
}

/** Log lines as an error may show them: without the secret values of the stack, and without what Redis quotes. */
export function shownLog(lines: readonly string[], stack: Known): readonly string[] {
  const secrets = secretTexts(stack)
    .filter(({ length }) => length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return lines.map((line) => {
    const cut = line.replace(REDIS_QUOTES, "$1 …'");
    return secrets.reduce((text, secret) => text.replaceAll(secret, () => '[redacted]'), cut);
  });
}
