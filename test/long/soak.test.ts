import { readFile } from 'node:fs/promises';
import { setInterval } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { FailoverReport } from '../../src/failover/failover-test.ts';
import { openTestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

const VALUES = { downAfterMs: 2000, failoverTimeoutMs: 10_000, redisPassword: 'a password' } as const;
const SAMPLE_MS = 5000;
/** By then everything that a run needs has been loaded and run a few times. */
const WARM_SHARE = 0.25;
const MOST_GROWTH = 1.25;

test('a soak of ten minutes passes, keeps its memory, and the same seed gives the same order', {
  timeout: 1_800_000,
}, async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: VALUES });
  await project.up();
  const soak = (length: string) =>
    project.begin(['failover-test', '--soak', length, '--seed', '7', '--max-outage', '60s', '--json'], {}, 1_200_000);
  const { child, ended } = soak('10m');
  const memory = await sampled(child.pid ?? 0, ended);
  const { out } = await ended;
  const { data } = JSON.parse(out) as { readonly data: FailoverReport };
  const told = data.runs.map(({ scenario, verdict, reasons }) => `${scenario} ${verdict} ${reasons.join('; ')}`);
  console.log(`${told.join('\n')}\nresident memory, MB: ${memory.map((bytes) => Math.round(bytes / 1e6)).join(' ')}`);
  expect(data.runs.length).toBeGreaterThan(15);
  expect(data.unfinished ?? []).toEqual([]);
  expect(data.runs.filter(({ verdict }) => verdict === 'fail').map(({ scenario }) => scenario)).toEqual([]);
  const warm = memory.slice(Math.floor(memory.length * WARM_SHARE));
  const half = Math.floor(warm.length / 2);
  const most = (samples: readonly number[]) => samples.reduce((largest, bytes) => Math.max(largest, bytes), 0);
  expect(most(warm.slice(half)) / most(warm.slice(0, half))).toBeLessThan(MOST_GROWTH);
  expect((await project.status()).healthy).toBe(true);

  const again = JSON.parse((await soak('1m').ended).out) as { readonly data: FailoverReport };
  const orderOf = ({ runs }: FailoverReport) => runs.map(({ scenario }) => scenario);
  expect(orderOf(again.data)).toEqual(orderOf(data).slice(0, again.data.runs.length));
  expect(again.data.runs.length).toBeGreaterThan(1);
});

/** Bytes of resident memory of a process, until it has ended. */
async function sampled(pid: number, ended: Promise<unknown>): Promise<readonly number[]> {
  const samples: number[] = [];
  const stop = new AbortController();
  void ended.finally(() => stop.abort());
  try {
    for await (const _ of setInterval(SAMPLE_MS, undefined, { signal: stop.signal })) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
      if (kilobytes !== undefined) samples.push(Number(kilobytes) * 1024);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  return samples;
}
