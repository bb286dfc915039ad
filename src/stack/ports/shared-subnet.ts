/** The addresses of a network that several projects and strangers share. Pure. */
import { formatIp, parseCidr, type Range, rangesOverlap } from './subnet.ts';

/** A /24 has 254 addresses: a project's fixed ones are .17 to .190 in it, see `ipOf` in derived/addresses.ts. */
const PART_PREFIX = 24;
const PART_SIZE = 256;

/**
 * The part of a network from which the Engine is to choose addresses, so that the rest can be given to projects: the upper
 * half, of a /24 the last quarter. Undefined for a network with less than a /24, and for what is no IPv4 CIDR.
 */
export function rangeForStrangers(subnet: string): string | undefined {
  const range = parseCidr(subnet);
  if (range === undefined || range.prefix > PART_PREFIX) return undefined;
  const prefix = range.prefix === PART_PREFIX ? PART_PREFIX + 2 : range.prefix + 1;
  return `${formatIp(range.last + 1 - 2 ** (32 - prefix))}/${prefix}`;
}

/**
 * The first /24 of a network from which the Engine gives nothing to strangers and that no other project has, or the one
 * that the project had.
 * @param strangers the part from which the Engine chooses addresses, as CIDR.
 * @returns undefined where there is none.
 */
export function pickPart(
  subnet: string,
  strangers: string,
  { kept, taken }: { readonly kept: string | undefined; readonly taken: readonly string[] },
): string | undefined {
  const [whole, open] = [parseCidr(subnet), parseCidr(strangers)];
  if (whole === undefined || open === undefined || whole.prefix > PART_PREFIX) return undefined;
  const others = taken.flatMap((cidr) => parseCidr(cidr) ?? []);
  const isFree = (part: Range): boolean =>
    part.first >= whole.first &&
    part.last <= whole.last &&
    !rangesOverlap(fixedAddresses(part), open) &&
    !others.some((other) => rangesOverlap(part, other));
  const before = kept === undefined ? undefined : parseCidr(kept);
  if (before !== undefined && isFree(before)) return kept;
  for (let first = whole.first; first < whole.last; first += PART_SIZE) {
    const part = { first, last: first + PART_SIZE - 1, prefix: PART_PREFIX };
    if (isFree(part)) return `${formatIp(first)}/${PART_PREFIX}`;
  }
  return undefined;
}

/** Those of eleven services: a network that is one /24 has no more. */
function fixedAddresses({ first, prefix }: Range): Range {
  return { first, last: first + 191, prefix };
}
