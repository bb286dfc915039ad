import { composeFileValue } from '../lib/quote.ts';
import { SHORTEST } from '../lib/redact.ts';

/** How a secret may stand in logs, rendered files and reports, for `redactor`. */
export function spellingsOf(secret: string): readonly string[] {
  return [secret, ...passwordOf(secret)].flatMap(asWritten);
}

/** Of a connection string: a program takes it apart, and may tell of the password alone. */
function passwordOf(secret: string): readonly string[] {
  if (!URL.canParse(secret)) return [];
  const { password } = new URL(secret);
  return password.length < SHORTEST ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function asWritten(secret: string): readonly string[] {
  return [
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    // As a file of variables for Compose has it, between its quotation marks.
    composeFileValue(secret).replace(/^(['"])(.*)\1$/s, '$2'),
  ];
}
