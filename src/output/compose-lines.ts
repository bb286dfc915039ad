/** What Docker Compose reads from a provider: a line of JSON for each message, on stdout. */
import { stripVTControlCharacters } from 'node:util';
import { errorText, StackctlError } from '../errors.ts';
import type { ProgressEvent } from '../lib/events.ts';
import { Secret } from '../lib/secret.ts';
import { plainLine } from './plain.ts';

/** Compose knows these types and ends at any other. */
export interface ComposeMessage {
  readonly type: 'info' | 'error' | 'setenv';
  readonly message: string;
}

/** Compose shows a message as the state of the service: one line. */
export function composeLine({ type, message }: ComposeMessage): string {
  const text = type === 'setenv' ? message : oneLine(message);
  return `${JSON.stringify({ type, message: text })}\n`;
}

/** Undefined for what changes nothing. */
export function progressMessage(event: ProgressEvent): ComposeMessage | undefined {
  const text = plainLine(event);
  return text === undefined ? undefined : { type: 'info', message: stripVTControlCharacters(text) };
}

/** What failed, why, and what to do next. */
export function errorMessage(error: unknown): ComposeMessage {
  const { hint, details } = error instanceof StackctlError ? error : new StackctlError('E_INTERNAL', '');
  const reasons = Array.isArray(details.reasons) ? details.reasons.map(String) : [];
  const what = [errorText(error), ...reasons].join('; ');
  const end = /[.!?]$/.test(what) ? '' : '.';
  return { type: 'error', message: hint === undefined ? what : `${what}${end} ${hint}` };
}

/** Compose puts the name of the service in front of it. */
export function variableMessage(name: string, value: string | Secret): ComposeMessage {
  return { type: 'setenv', message: `${name}=${value instanceof Secret ? value.reveal() : value}` };
}

function oneLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' | ');
}
