/**
 * Order of names in which numbers count as numbers: `redis-2` before `redis-10`. Without Intl, whose tables take
 * longer to load than a list of instances to sort.
 */
export function byNumber(a: string, b: string): number {
  const [as, bs] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.min(as.length, bs.length); index++) {
    const order = compareParts(as[index] ?? '', bs[index] ?? '');
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

function partsOf(name: string): readonly string[] {
  return name.match(/\d+|\D+/g) ?? [];
}

function compareParts(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return a < b ? -1 : Number(a > b);
}
