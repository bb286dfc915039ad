/**
 * `1048576`, `512mb`, `1g` -> bytes, in the units of redis.conf: k, m, g are powers of 1000, kb, mb, gb of 1024, in any
 * case. Undefined for anything else, and for what a server's signed 64-bit number cannot hold.
 */
export function parseMemorySize(text: string): bigint | undefined {
  const match = /^(\d{1,19})([a-z]*)$/i.exec(text);
  const factor = FACTORS.get((match?.[2] ?? '').toLowerCase());
  if (match === null || factor === undefined) return undefined;
  const bytes = BigInt(match[1] ?? '') * factor;
  return bytes < 2n ** 63n ? bytes : undefined;
}

const FACTORS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['b', 1n],
  ['k', 1000n],
  ['kb', 1024n],
  ['m', 1000n ** 2n],
  ['mb', 1024n ** 2n],
  ['g', 1000n ** 3n],
  ['gb', 1024n ** 3n],
]);
