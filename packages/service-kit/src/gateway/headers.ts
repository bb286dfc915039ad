/** What a proxy may pass on of a message's headers. Pure. */

/** Of this connection alone (RFC 9110, 7.6.1); the code that sends the body on sets `transfer-encoding` again. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Names and values in turn, as `IncomingMessage.rawHeaders` has them; repeated ones stay repeated. */
export function endToEnd(rawHeaders: readonly string[]): string[] {
  const named = namedByConnection(rawHeaders);
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.includes(lower)) kept.push(name, rawHeaders[at + 1] ?? '');
  }
  return kept;
}

/** In lower case, but for what every connection has. */
function namedByConnection(rawHeaders: readonly string[]): readonly string[] {
  const named: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'connection') continue;
    for (const token of (rawHeaders[at + 1] ?? '').toLowerCase().split(',')) {
      const name = token.trim();
      if (name !== 'close' && name !== 'keep-alive') named.push(name);
    }
  }
  return named;
}

export interface RequestOrigin {
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
}

/** The request's headers for an upstream: the client's address is added behind those that earlier proxies have put there. */
export function forwardedHeaders({ rawHeaders, remoteAddress }: RequestOrigin): readonly string[] {
  const headers: string[] = [];
  const first = new Map<string, string>();
  const kept = endToEnd(rawHeaders);
  for (let at = 0; at < kept.length; at += 2) {
    const [name = '', value = ''] = [kept[at], kept[at + 1]];
    const lower = name.toLowerCase();
    if (lower.startsWith('x-forwarded-') || lower === 'host') {
      if (!first.has(lower)) first.set(lower, value);
    }
    if (lower !== 'x-forwarded-for' && lower !== 'x-forwarded-proto' && lower !== 'x-forwarded-host') {
      headers.push(name, value);
    }
  }
  const before = first.get('x-forwarded-for');
  const client = remoteAddress.replace(/^::ffff:/, '');
  const forwardedFor = before === undefined ? client : `${before}, ${client}`;
  headers.push('X-Forwarded-For', forwardedFor, 'X-Forwarded-Proto', first.get('x-forwarded-proto') ?? 'http');
  headers.push('X-Forwarded-Host', first.get('x-forwarded-host') ?? first.get('host') ?? '');
  return headers;
}
