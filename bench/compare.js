import { performance } from 'node:perf_hooks';

/**
 * Runs `ours` and `theirs` in turn, A B A B, so that what else happens on the machine hits both, and compares each run
 * with its neighbour.
 *
 * @param {{name: string, goal: number, rounds: number, warmUp?: boolean, ours: () => Promise<number>, theirs: () => Promise<number>}} pair
 *   `ours` and `theirs` resolve with the milliseconds that they took. `goal`: the ratio that must not be passed.
 * @returns {Promise<{name: string, goal: number, passed: boolean, ratio: Spread, ours: Spread, theirs: Spread, rounds: number}>}
 */
export async function compare({ name, goal, rounds, warmUp = true, ours, theirs }) {
  if (warmUp) {
    await ours();
    await theirs();
  }
  const runs = [];
  for (let round = 0; round < rounds; round++) runs.push({ ours: await ours(), theirs: await theirs() });
  const ratio = spread(runs.map((run) => run.ours / run.theirs));
  return {
    name,
    goal,
    passed: ratio.median <= goal,
    ratio,
    ours: spread(runs.map((run) => run.ours)),
    theirs: spread(runs.map((run) => run.theirs)),
    rounds,
  };
}

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** @typedef {{median: number, low: number, high: number}} Spread Median and quartiles. */

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

function quantile(sorted, share) {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  return below + (above - below) * (position - Math.floor(position));
}
