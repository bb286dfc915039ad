import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { UpstreamAddress } from './upstreams.ts';

/** Addresses (IPv4) behind a name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** There is no such name, or it has no address: in Docker, no container of this name runs now. */
const NOT_RUNNING = new Set(['ENOTFOUND', 'ENODATA']);

/** Docker asks the name servers of its host for a name that no container has, and they may be out of reach. */
const resolver = new Resolver({ timeout: 1000, tries: 1 });

/**
 * One upstream for each address behind the name of a host, called by that address: replicas have one name for all of them.
 * @throws what a name server that cannot be asked says.
 */
export async function resolveUpstreams(
  listed: readonly UpstreamAddress[],
  lookup: Lookup = (host) => resolver.resolve4(host),
): Promise<readonly UpstreamAddress[]> {
  return (await Promise.all(listed.map((upstream) => resolve(upstream, lookup)))).flat();
}

async function resolve(upstream: UpstreamAddress, lookup: Lookup): Promise<readonly UpstreamAddress[]> {
  const { host, port } = upstream;
  if (isIP(host) !== 0) return [upstream];
  const addresses = new Set(await addressesOf(host, lookup));
  return [...addresses].sort().map((address) => ({ name: `${address}:${port}`, host: address, port }));
}

async function addressesOf(host: string, lookup: Lookup): Promise<readonly string[]> {
  try {
    return await lookup(host);
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOT_RUNNING.has(String(error.code))) return [];
    throw error;
  }
}
