import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { UpstreamAddress } from './upstreams.ts';

/** No such name: in Docker nothing runs now that answers to it. */
const NOBODY = 'ENOTFOUND';

/**
 * One upstream for each address behind the name of a host, called by that address: replicas have one name for all of them.
 * @throws what a name server that cannot be asked says.
 */
export async function resolveUpstreams(listed: readonly UpstreamAddress[]): Promise<readonly UpstreamAddress[]> {
  return (await Promise.all(listed.map(resolve))).flat();
}

async function resolve(upstream: UpstreamAddress): Promise<readonly UpstreamAddress[]> {
  const { host, port } = upstream;
  if (isIP(host) !== 0) return [upstream];
  const addresses = await addressesOf(host);
  return addresses.toSorted().map((address) => ({ name: `${address}:${port}`, host: address, port }));
}

async function addressesOf(host: string): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true, family: 4 });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NOBODY) return [];
    throw error;
  }
}
