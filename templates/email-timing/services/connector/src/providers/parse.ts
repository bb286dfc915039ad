/** Which shape a provider's webhooks have. A name that is not here sends the generic one. */
import type { Payload } from '../incoming.ts';
import { parseGeneric } from './generic.ts';
import { parseMailgun } from './mailgun.ts';
import { parsePostmark } from './postmark.ts';
import { parseSendgrid } from './sendgrid.ts';

const PARSERS: Readonly<Record<string, (body: unknown) => Payload>> = {
  sendgrid: parseSendgrid,
  mailgun: parseMailgun,
  postmark: parsePostmark,
};

export const PROVIDER_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** @throws PayloadError naming every field that is wrong. */
export function parsePayload(provider: string, body: unknown, now: Date): Payload {
  const parse = Object.hasOwn(PARSERS, provider) ? PARSERS[provider] : undefined;
  return parse === undefined ? parseGeneric(provider, body, now) : parse(body);
}
