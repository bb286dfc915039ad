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
export function endToEnd(rawHeaders: readonly string[]): readonly string[] {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase()));
  return pairs.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.includes(name.toLowerCase())).flat();
}

export interface RequestOrigin {
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
}

/** The request's headers for an upstream: the client's address is added behind those that earlier proxies have put there. */
export function forwardedHeaders({ rawHeaders, remoteAddress }: RequestOrigin): readonly string[] {
  const kept = endToEnd(rawHeaders);
  const headerNamed = (wanted: string): string | undefined =>
    kept.find((_, index) => index % 2 === 1 && kept[index - 1]?.toLowerCase() === wanted);
  const others = kept.filter((_, index) => {
    const name = kept[index - (index % 2)]?.toLowerCase() ?? '';
    return !['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'].includes(name);
  });
  const before = headerNamed('x-forwarded-for');
  const client = remoteAddress.replace(/^::ffff:/, '');
  return [
    ...others,
    'X-Forwarded-For',
    before === undefined ? client : `${before}, ${client}`,
    'X-Forwarded-Proto',
    headerNamed('x-forwarded-proto') ?? 'http',
    'X-Forwarded-Host',
    headerNamed('x-forwarded-host') ?? headerNamed('host') ?? '',
  ];
}
