import { createHash } from 'node:crypto';
import { StackctlError } from '../../errors.ts';

/** Private ranges to choose from, in order: the one that Docker itself uses for networks, then the large one. */
const POOLS = ['172.16.0.0/12', '10.0.0.0/8'] as const;

/**
 * A /24 that overlaps none of the taken CIDRs. The search starts at a place that depends only on the project, so that
 * two projects seldom want the same one and the same project gets the same one again.
 * @param taken IPv4 CIDRs; anything else is ignored.
 * @throws E_NO_FREE_SUBNET
 */
export function pickSubnet(projectId: string, taken: readonly string[]): string {
  const ranges = taken.flatMap((cidr) => parseCidr(cidr) ?? []).filter(({ prefix }) => prefix > HALF_THE_INTERNET);
  const start = createHash('sha256').update(projectId).digest().readUInt32BE(0);
  for (const pool of POOLS) {
    const found = searchPool(pool, start, ranges);
    if (found !== undefined) return `${formatIp(found)}/24`;
  }
  throw new StackctlError('E_NO_FREE_SUBNET', `every /24 below ${POOLS.join(' and ')} is in use on this machine`, {
    hint: 'Remove networks that nothing uses: docker network prune.',
  });
}

/** Whether two IPv4 CIDRs share an address. */
export function overlaps(a: string, b: string): boolean {
  const [first, second] = [parseCidr(a), parseCidr(b)];
  return first !== undefined && second !== undefined && rangesOverlap(first, second);
}

/** A default route (0.0.0.0/0, or the two halves that VPNs put in its place) does not take the addresses below it. */
const HALF_THE_INTERNET = 1;

/** Addresses as numbers. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

function searchPool(pool: string, start: number, taken: readonly Range[]): number | undefined {
  const range = parseCidr(pool);
  if (range === undefined) return undefined;
  const count = (range.last - range.first + 1) / 256;
  for (let step = 0; step < count; step++) {
    const first = range.first + ((start + step) % count) * 256;
    const candidate = { first, last: first + 255, prefix: 24 };
    if (!taken.some((other) => rangesOverlap(candidate, other))) return first;
  }
  return undefined;
}

export function rangesOverlap(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Undefined for what is no IPv4 CIDR. */
export function parseCidr(cidr: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(cidr.trim());
  if (match === null) return undefined;
  const bytes = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (bytes.some((byte) => byte > 255) || prefix > 32) return undefined;
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefix };
}

export function formatIp(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
