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

/**
 * How many times as long four times as much takes: 4 where time grows with the size, 16 where it grows with its square.
 * @param prepare makes the input of a size, which is not measured.
 */
export function growth<T>(size: number, prepare: (size: number) => T, run: (input: T) => void): number {
  const [small, large] = [size, 4 * size].map(prepare).map((input) =>
    Math.max(
      fastest(() => run(input)),
      SHORTEST_MS,
    ),
  );
  return (large as number) / (small as number);
}

/** Between the two. */
export const LINEAR = 10;
