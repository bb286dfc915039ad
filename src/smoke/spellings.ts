import { composeFileValue } from '../lib/quote.ts';

/** How a secret may stand in logs, rendered files and reports, for `redactor`. */
export function spellingsOf(secret: string): readonly string[] {
  return [
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    // As a file of variables for Compose has it, between its quotation marks.
    composeFileValue(secret).replace(/^(['"])(.*)\1$/s, '$2'),
  ];
}
