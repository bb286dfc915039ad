import { expect, test } from 'vitest';
import { handOverFigures } from '../../src/failover/hand-over-figures.ts';
import { createHistory } from '../../src/failover/history.ts';
import { arbiter } from '../../src/kinds/sentinel/arbiter.ts';
import { failover } from '../../src/kinds/sentinel/failover/index.ts';
import { canRun, programPath, REDIS_8 } from '../support/need.ts';
import { type SentinelCluster, startSentinelCluster } from '../support/sentinel-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

const ROUNDS = 30;
const MOVES = 10;
const RATE_PER_S = 1000;
/** Acknowledged from one hand-over to the next: a million in all. */
const ACKED_EACH = 3400;
const LONG_MS = 50;

/** 300 hand-overs under 1,000 writes a second, each from a group at rest. */
test.each(['redis-server', REDIS_8, 'valkey-server'])(
  '%s: a short gap, and nothing lost',
  { timeout: 3_600_000 },
  async (name) => {
    if (!canRun(name)) return;
    const cluster = await startSentinelCluster({ downAfterMs: 5000, minReplicas: 1, program: programPath(name) });
    try {
      const gaps: number[] = [];
      const sum = { acked: 0, lost: 0, full: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const figures = await underLoad(cluster, `round-${round}`);
        gaps.push(...figures.gaps);
        sum.acked += figures.acked;
        sum.lost += figures.lost;
        sum.full += figures.full;
      }
      gaps.sort((a, b) => a - b);
      const median = ((gaps[gaps.length / 2 - 1] ?? 0) + (gaps[gaps.length / 2] ?? 0)) / 2;
      const long = gaps.filter((gap) => gap > LONG_MS).length;
      console.log(name, { hand_overs: gaps.length, median, longest: gaps.slice(-5), ...sum });
      expect(sum).toMatchObject({ lost: 0, full: 0 });
      expect(sum.acked).toBeGreaterThanOrEqual(1_000_000);
      // No shorter than the time between two writes, or nothing was measured.
      expect(gaps[0]).toBeGreaterThanOrEqual(1000 / RATE_PER_S / 2);
      expect(median).toBeLessThanOrEqual(25);
      expect(long).toBeLessThanOrEqual(3);
    } finally {
      await cluster.close();
    }
  },
);

async function underLoad({ target }: SentinelCluster, runId: string) {
  const signal = AbortSignal.timeout(300_000);
  await failover.steady(target, signal);
  let ackedSoFar = 0;
  const history = createHistory(({ outcome }) => {
    if (outcome === 'acked') ackedSoFar += 1;
  });
  const writing = await failover.startWriting(target, { runId, ratePerS: RATE_PER_S, onRecord: history.append });
  try {
    const spans: { readonly begunAt: number; readonly endedAt: number }[] = [];
    let full = 0;
    for (let move = 0; move < MOVES; move++) {
      const begunAt = performance.now();
      const { resyncs } = await arbiter.handOver(target as Parameters<typeof arbiter.handOver>[0], {}, signal);
      full += resyncs?.full ?? 0;
      await failover.steady(target, signal);
      spans.push({ begunAt, endedAt: performance.now() });
      await waitFor('enough writes', () => ackedSoFar >= (move + 1) * ACKED_EACH);
    }
    const stats = await writing.stop(2000);
    const { values } = await failover.finalRead(target, runId, signal);
    const { discoveryMs } = writing;
    const all = { history: history.records, values, ratePerS: RATE_PER_S, discoveryMs, stats };
    const { acked, lost } = handOverFigures({ ...all, begunAt: 0, endedAt: performance.now() });
    const gaps = spans.map((span) => {
      const within = history.records.filter(
        ({ completed }) => completed >= span.begunAt - 100 && completed <= span.endedAt,
      );
      return handOverFigures({ ...all, ...span, history: within }).gapMs;
    });
    return { acked, lost, full, gaps };
  } finally {
    await writing.close();
    await failover.cleanUp(target, runId);
  }
}
