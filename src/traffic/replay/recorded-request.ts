/** What goes out again of a recorded request of HTTP. Pure. */
import { isHttpToken } from '../../lib/http-token.ts';
import { withoutCredentials } from '../../stack/contract/credentials.ts';
import type { Header } from '../../stack/contract/recorded-request.ts';

/**
 * Of one connection, or told by the sender of the replay: RFC 9110, 7.6.1 and 10.1.1, and RFC 2616, 13.5.1. An `Expect` would
 * hold the body back.
 */
const OF_A_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What Node.js sends, RFC 9110, 5.5. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface Replayed {
  readonly path: string;
  readonly headers: readonly Header[];
  /** Credentials were left out. */
  readonly hadCredentials: boolean;
}

/** Without headers of the connection, the pseudo headers of HTTP/2, and, unless they are kept, credentials, by the rule of a recording. */
export function replayedParts(path: string, recorded: readonly Header[], keepCredentials: boolean): Replayed {
  const named = new Set(
    recorded
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase())),
  );
  const own = recorded.filter(([written]) => {
    const name = written.toLowerCase();
    return !(name.startsWith(':') || OF_A_CONNECTION.has(name) || named.has(name));
  });
  if (keepCredentials) return { path, headers: own, hadCredentials: false };
  const { target, headers, dropped } = withoutCredentials({ target: path, headers: own });
  return { path: target, headers, hadCredentials: dropped > 0 };
}

/** What is wrong with a header that is to be sent, as the rest of a sentence about it; undefined: nothing. */
export function headerMistake([name, value]: Header): string | undefined {
  if (!isHttpToken(name)) return 'has a name that no header may have';
  return VALUE.test(value) ? undefined : 'has a value with characters that no header may have';
}

export interface RecordedUrl {
  /** In lower case, e.g. `https`. */
  readonly scheme: string;
  readonly host: string;
  /** With the query, exactly as recorded, but for characters that no request line may have: those are percent-encoded. */
  readonly path: string;
}

const URL_PARTS = /^([A-Za-z][A-Za-z\d+.-]*):(?:\/\/([^/?#]*))?([^#]*)/;

/** The parts of an absolute URL; undefined: it is none. */
export function recordedUrl(url: string): RecordedUrl | undefined {
  const [, scheme, authority = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  if (scheme === undefined || /\p{Surrogate}/u.test(rest)) return undefined;
  const path = rest.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent);
  return {
    scheme: scheme.toLowerCase(),
    host: authority.slice(authority.lastIndexOf('@') + 1),
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

/** The bytes of base64 with its padding; undefined: it is none. */
export function bytesOfBase64(text: string): Buffer | undefined {
  return text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}
