/** What the answer of an application means for what it was sent. */
import type { HttpResponse } from '../../../clients/http/exchange.ts';
import { toldIn } from '../../../clients/http/told.ts';
import { errorText, systemCode } from '../../../errors.ts';
import { escapeControls } from '../../../lib/escape-controls.ts';
import { Secret } from '../../../lib/secret.ts';
import type { SendOutcome } from '../../../stack/contract/traffic.ts';

type Headers = Readonly<Record<string, string | Secret>>;

/**
 * A 5xx is said by a service that broke on the way, or by a proxy in front of it: the event may be stored.
 * @param asked method and path, for an answer that is about these.
 */
export function ofResponse({ status, text }: HttpResponse, headers: Headers, asked: string): SendOutcome {
  if (status >= 200 && status < 300) return { type: 'acked' };
  const told = withoutSecrets(saidIn(text), headers);
  const isAboutIt = status === 404 || status === 405;
  const subject = isAboutIt ? escapeControls(withoutSecrets(asked, headers)).slice(0, LONGEST_REASON) : '';
  const what = isAboutIt ? `HTTP ${status} for ${subject}` : `HTTP ${status}`;
  const reason = told === '' ? what : `${what}: ${told.slice(0, LONGEST_REASON)}`;
  if (status === 429) return { type: 'rejected', reason, unreachable: true };
  return status >= 400 && status < 500 ? { type: 'rejected', reason } : { type: 'unknown', reason };
}

const LONGEST_REASON = 200;

/** What an answer says about itself, in one line that is safe to print. */
function saidIn(text: string): string {
  const { field, message } = toldIn(text);
  // Which of the events it was says nothing about why, and would make a reason of its own for each.
  const where = field.replace(/^\[\d+\]\.?/, '');
  return escapeControls((where === '' ? message : `${where} ${message}`).slice(0, 10 * LONGEST_REASON));
}

/** A service may repeat what it was sent. */
function withoutSecrets(text: string, headers: Headers): string {
  const words = Object.values(headers).flatMap((value) => (value instanceof Secret ? value.reveal().split(/\s+/) : []));
  return words
    .filter((word) => word !== '' && word !== 'Bearer' && word !== 'Basic')
    .reduce((rest, word) => rest.replaceAll(word, () => '[redacted]'), text);
}

/** Only a connection that never came about proves that nothing was sent. */
export function ofFailure(error: unknown): SendOutcome {
  const code = systemCode(error);
  if (code === 'ECONNREFUSED') return { type: 'rejected', reason: 'connection refused', unreachable: true };
  const reason = code === 'ECONNRESET' ? 'connection reset' : errorText(error);
  return { type: 'unknown', reason };
}
