/**
 * The subnets in the text of /proc/net/route, as CIDRs. Without the default route, which covers everything.
 * Columns: interface, destination, gateway, flags, refcnt, use, metric, mask, …; addresses are hexadecimal, last byte first.
 */
export function hostSubnets(text: string): readonly string[] {
  const subnets = text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination, , , , , , mask] = line.split('\t');
      if (destination === undefined || mask === undefined) return [];
      const prefix = prefixLength(Number.parseInt(mask, 16));
      return prefix === 0 ? [] : [`${dotted(Number.parseInt(destination, 16))}/${prefix}`];
    });
  return [...new Set(subnets)];
}

function dotted(address: number): string {
  return [0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff).join('.');
}

function prefixLength(mask: number): number {
  return (mask >>> 0).toString(2).replaceAll('0', '').length;
}
