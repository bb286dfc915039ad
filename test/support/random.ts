/** A seed for tests that choose moments at random: printed, so that a failure can be repeated with STACKCTL_TEST_SEED. */
export function openRandom(what: string): (from: number, to: number) => number {
  const seed = Number(process.env.STACKCTL_TEST_SEED ?? Date.now() % 1_000_000);
  process.stderr.write(`${what}: STACKCTL_TEST_SEED=${seed}\n`);
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (from, to) => Math.round(from + next() * (to - from));
}
