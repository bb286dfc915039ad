import { stripVTControlCharacters } from 'node:util';
import type { StackctlError } from '../errors.ts';
import { paint } from './paint.ts';

/**
 * An error for people: `error CODE: what failed`, the rest of the message and what its details tell (`reasons`: lines,
 * `logs`: instance -> last log lines), and `next: hint`. Ends with a newline.
 */
export function errorReport(error: StackctlError): string {
  const [what = '', ...why] = error.message.split('\n');
  const hint = error.hint?.split('\n') ?? [];
  return lines(
    `${paint('red', `error ${error.code}:`)} ${what}`,
    ...why.map((line) => `  ${line}`),
    ...reasonLines(error.details.reasons, error.message),
    ...logLines(error.details.logs),
    ...hint.map((line, index) => (index === 0 ? `  ${paint('bold', 'next:')} ${line}` : `        ${line}`)),
  );
}

/** Without those that the message has already. */
function reasonLines(reasons: unknown, message: string): readonly string[] {
  if (!isTextList(reasons)) return [];
  return reasons.filter((reason) => !message.includes(reason)).map((reason) => `  - ${reason}`);
}

function logLines(logs: unknown): readonly string[] {
  if (typeof logs !== 'object' || logs === null) return [];
  return Object.entries(logs).flatMap(([instance, tail]) =>
    isTextList(tail) && tail.length > 0
      ? [`  last lines of ${instance}:`, ...tail.map((line) => paint('dim', `    ${stripVTControlCharacters(line)}`))]
      : [],
  );
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
