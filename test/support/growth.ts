/** Milliseconds; the fastest of a few runs is the one that nothing else has disturbed. */
export function fastest(run: () => void, runs = 4): number {
  const times = Array.from({ length: runs }, () => {
    const begin = performance.now();
    run();
    return performance.now() - begin;
  });
  return Math.min(...times);
}

/** Shorter times say more about the clock and the compiler than about what is measured. */
const SHORTEST_MS = 5;

const FACTOR = 16;

/** Well between the two: a machine that is busy makes one of the times several times as long. */
export const LINEAR = 80;

/**
 * How many times as long sixteen times as much takes: about 16 where time grows with the size, 256 where it grows with its
 * square. The larger one is run again only while it looks too slow: what disturbs a run makes it longer, never shorter.
 * @param prepare makes the input of a size, which is not measured.
 */
export function growth<T>(size: number, prepare: (size: number) => T, run: (input: T) => void): number {
  const [small, large] = [prepare(size), prepare(FACTOR * size)];
  const base = Math.max(
    fastest(() => run(small)),
    SHORTEST_MS,
  );
  let factor = Number.POSITIVE_INFINITY;
  for (let left = 4; left > 0 && factor >= LINEAR; left--)
    factor = Math.min(factor, fastest(() => run(large), 1) / base);
  return factor;
}
