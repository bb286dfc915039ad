/** Takes addresses out of what a provider sends along, wherever they hide: also in keys and in the query of a link. */

const ADDRESS = /[\p{L}\p{N}._%+-]+(?:@|%40)[\p{L}\p{N}.-]+/giu;
export const REDACTED = '[address]';

/** A copy of a JSON value without anything that looks like an email address. */
export function redactAddresses(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(ADDRESS, REDACTED);
  if (Array.isArray(value)) return value.map(redactAddresses);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(ADDRESS, REDACTED), redactAddresses(item)]),
  );
}
