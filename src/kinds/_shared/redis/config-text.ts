import { Secret } from '../../../lib/secret.ts';

/**
 * A value as one double-quoted argument of a redis.conf line, by the rules of the server's own splitter
 * (sdssplitargs): backslash escapes inside double quotes.
 */
export function quoteConfig(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
  return `"${escaped}"`;
}

/** A list of one or none, so that a template can leave out its lines with `{{#each}}` when there is no password. */
export function quotedPassword(password: Secret | undefined): readonly Secret[] {
  return password === undefined ? [] : [new Secret(quoteConfig(password.reveal()))];
}

/** Options take an empty secret for "no password". */
export function passwordOrNone(password: Secret): Secret | undefined {
  return password.reveal() === '' ? undefined : password;
}
