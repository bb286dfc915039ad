import type { StackctlError } from '../errors.ts';

export interface Envelope {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly status: 'ok' | 'failed';
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly error: EnvelopeError | null;
}

export interface EnvelopeError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface EnvelopeParts {
  readonly command: string;
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly error: StackctlError | undefined;
}

/** What `--json` prints, on success and on failure. Adding a field to it does not change `schemaVersion`. */
export function envelope({ command, data, warnings, error }: EnvelopeParts): Envelope {
  return {
    schemaVersion: 1,
    command,
    status: error === undefined ? 'ok' : 'failed',
    data: data ?? null,
    warnings,
    error: error === undefined ? null : errorPart(error),
  };
}

/** One line, so that it can also end a stream of NDJSON. */
export function envelopeLine(parts: EnvelopeParts): string {
  return `${JSON.stringify(envelope(parts))}\n`;
}

function errorPart(error: StackctlError): EnvelopeError {
  return { code: error.code, message: error.message, hint: error.hint ?? null, details: error.details };
}
