import { escapeControls } from '../../lib/escape-controls.ts';
import { redactor } from '../../lib/redact.ts';
import { Secret } from '../../lib/secret.ts';
import type { Stack } from '../contract/model.ts';

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
  const hide = redactor(secretTexts(stack));
  return lines.map((line) => hide(line.replace(REDIS_QUOTES, "$1 …'")));
}

/** Characters of what is told; longer texts are cut. */
const LONGEST = 200;

/** Text of a program in one line, as a part of a reason: without the secrets of the stack, then cut, so that no part of one stays. */
export function shownText(text: string, stack: Known): string {
  return shownLog([text], stack)
    .map((line) => escapeControls(line.slice(0, LONGEST)).slice(0, LONGEST))
    .join('');
}
