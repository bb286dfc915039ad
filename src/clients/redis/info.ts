/** Valkey has a version of its own, and beside it that of the Redis whose commands it knows, for clients that ask. */
export function versionIn(info: ReadonlyMap<string, string>): string | undefined {
  return info.get('valkey_version') ?? info.get('redis_version');
}

/** `INFO` text -> key -> value, as printed by the server. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const pairs = text
    .split('\r\n')
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    });
  return new Map(pairs);
}
