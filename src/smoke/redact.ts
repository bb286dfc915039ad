import { composeFileValue } from '../lib/quote.ts';

/** Shorter ones stand in every text, and would leave nothing of it. */
const SHORTEST = 4;

/** Takes secrets out of text, the longest first: one may be a part of another. Pure. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets)]
    .filter(({ length }) => length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
  const spellings = known.flatMap((secret) => [
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    // As a file of variables for Compose has it, between its quotation marks.
    composeFileValue(secret).replace(/^(['"])(.*)\1$/s, '$2'),
  ]);
  return (text) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, '[redacted]'), text);
}
