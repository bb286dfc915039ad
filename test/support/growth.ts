/** Milliseconds; the fastest of a few runs is the one that nothing else has disturbed. */
export function fastest(run: () => void): number {
  const times = Array.from({ length: 4 }, () => {
    const begin = performance.now();
    run();
    return performance.now() - begin;
  });
  return Math.min(...times);
}

/** Shorter times say more about the clock and the compiler than about what is measured. */
const SHORTEST_MS = 5;

const FACTOR = 16;

/**
 * How many times as long sixteen times as much takes: about 16 where time grows with the size, 256 where it grows with its
 * square.
 * @param prepare makes the input of a size, which is not measured.
 */
export function growth<T>(size: number, prepare: (size: number) => T, run: (input: T) => void): number {
  const [small, large] = [prepare(size), prepare(FACTOR * size)];
  const times = [small, large].map((input) =>
    Math.max(
      fastest(() => run(input)),
      SHORTEST_MS,
    ),
  );
  return (times[1] as number) / (times[0] as number);
}

/** Well between the two: a machine that is busy makes one of the times several times as long. */
export const LINEAR = 80;
