/**
 * Identifiers of a recipient, normalised and hashed. What leaves this file is a hash: an address that is not in the
 * request any more cannot be logged, stored or sent on.
 */
import { createHash, createHmac } from 'node:crypto';

export type IdentifierKind = 'email' | 'external_id' | 'phone';

export interface Identifier {
  readonly kind: IdentifierKind;
  /** SHA-256 in hexadecimal of the normalised text; HMAC-SHA-256 when there is a pepper. */
  readonly hash: string;
}

export interface RecipientText {
  readonly email?: string | undefined;
  readonly external_id?: string | undefined;
  readonly phone?: string | undefined;
}

/** Unicode form NFC, no spaces around it, lower case. Dots and `+tags` stay: only some providers ignore them. */
export function normaliseEmail(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

/** Digits with a leading `+`; an international prefix written as `00` becomes one. */
export function normalisePhone(text: string): string {
  const digits = text.replace(/\D/g, '').replace(/^00/, '');
  return `+${digits}`;
}

/** The identifiers of one recipient, sorted, so that the same recipient is always the same list. */
export function identifiersOf(recipient: RecipientText, pepper: string): readonly Identifier[] {
  const texts: readonly (readonly [IdentifierKind, string | undefined])[] = [
    ['email', recipient.email === undefined ? undefined : normaliseEmail(recipient.email)],
    ['external_id', recipient.external_id?.trim()],
    ['phone', recipient.phone === undefined ? undefined : normalisePhone(recipient.phone)],
  ];
  return texts.flatMap(([kind, text]) => (text === undefined ? [] : [{ kind, hash: hashOf(text, pepper) }]));
}

/** The id of a recipient that is first seen with this identifier: derived, so that two connectors choose the same. */
export function derivedUniversalId({ kind, hash }: Identifier): string {
  return `sf_${createHash('sha256').update(`${kind}:${hash}`).digest('hex').slice(0, 32)}`;
}

function hashOf(text: string, pepper: string): string {
  const hash = pepper === '' ? createHash('sha256') : createHmac('sha256', pepper);
  return hash.update(text).digest('hex');
}
