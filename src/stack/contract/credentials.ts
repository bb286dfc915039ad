/** What of a request lets somebody in: it is neither recorded nor replayed unless that is asked for, and told to nobody. Pure. */
import type { Header } from './recorded-request.ts';

/** RFC 9110, 11; RFC 6265, RFC 2965. */
const HEADERS: ReadonlySet<string> = new Set([
  ...['authorization', 'proxy-authorization', 'authentication-info', 'proxy-authentication-info'],
  ...['cookie', 'cookie2', 'set-cookie', 'set-cookie2'],
]);

/**
 * Names that services give to their own, with words between any signs: `X-Api-Key`, `apikey`, `access_token`, `X-Amz-Signature`,
 * `client-secret`. Not `tokens` or `max_tokens`: a number of them opens nothing.
 */
const OWN = new RegExp(
  `(?:^|[-_.])(?:${[
    '(?:api|access|subscription)[-_]?key(?:[-_]?id)?',
    '(?:(?:access|api|auth|bearer|csrf|id|refresh|secret|security|session|xsrf)[-_]?)?token',
    'token[-_]?auth',
    '(?:client[-_]?)?secret',
    'session[-_]?id',
    'password|passwd|passphrase|signature|credentials?|jwt',
  ].join('|')})$`,
  'i',
);

/** Their value is the URL of another request. */
const OF_A_URL: ReadonlySet<string> = new Set(['referer', 'location', 'content-location']);

export interface Told {
  /** As in a request line. */
  readonly target: string;
  readonly headers: readonly Header[];
}

export interface Untold extends Told {
  /** Headers and parts of the query that were left out. */
  readonly dropped: number;
}

/** Headers and parts of the query that are credentials by their names are gone, and everything else is to the letter as it was. */
export function withoutCredentials({ target, headers }: Told): Untold {
  const kept = headers.filter(([name]) => !isCredentialHeader(name));
  const query = withoutSecretParts(target);
  let dropped = headers.length - kept.length + query.dropped;
  const told = kept.map((header): Header => {
    const [name, value] = header;
    if (!OF_A_URL.has(name.toLowerCase())) return header;
    const own = withoutSecretParts(value);
    dropped += own.dropped;
    return own.dropped === 0 ? header : [name, own.target];
  });
  return { target: query.target, headers: told, dropped };
}

/** Of headers their values, of the query its parts as they stand there (`access_token=abc`). */
export function credentialsIn({ target, headers }: Told): readonly string[] {
  const parts = partsOf(target).filter(isSecretPart);
  return [...headers.filter(([name]) => isCredentialHeader(name)).map(([, value]) => value), ...parts];
}

function isCredentialHeader(name: string): boolean {
  return HEADERS.has(name.toLowerCase()) || isOwn(name);
}

function withoutSecretParts(target: string): Pick<Untold, 'target' | 'dropped'> {
  const begin = target.indexOf('?');
  if (begin === -1) return { target, dropped: 0 };
  const parts = partsOf(target);
  const kept = parts.filter((part) => !isSecretPart(part));
  const dropped = parts.length - kept.length;
  const rest = kept.length === 0 ? '' : `?${kept.join('&')}`;
  return { target: dropped === 0 ? target : target.slice(0, begin) + rest, dropped };
}

function partsOf(target: string): readonly string[] {
  const begin = target.indexOf('?');
  return begin === -1 ? [] : target.slice(begin + 1).split('&');
}

function isSecretPart(part: string): boolean {
  return isOwn(decoded(part.split('=', 1)[0] ?? ''));
}

/** `user[password]` is a part of `user`, and the last word of `newPassword` begins with its capital. */
function isOwn(name: string): boolean {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1-$2');
  return OWN.test(words) || OWN.test(/\[([^[\]]+)\]$/.exec(words)?.[1] ?? '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
