import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { startIndependentWriter } from '../support/independent-writer.ts';
import { openTestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';

const RUNS = 10;
const VERDICTS = 9;
/** Four for each core. */
const LOOPS = 4 * availableParallelism();

test('on a busy machine a failover still gets a verdict, and its outage is the one that another writer sees', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process' });
  await project.up();
  const loops = Array.from({ length: LOOPS }, () => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
  const seen: string[] = [];
  try {
    for (let run = 1; run <= RUNS; run++) seen.push(await one(run));
  } finally {
    for (const loop of loops) end(loop);
  }
  console.log(seen.join('\n'));
  expect(seen.filter((line) => !line.includes('inconclusive')).length).toBeGreaterThanOrEqual(VERDICTS);

  async function one(run: number): Promise<string> {
    const writer = startIndependentWriter(await untilHealthy(project), 'kasagi-master', `independent:${run}`);
    const { data, error } = await project.json(['failover-test', '--scenario', 'master-kill']);
    const ours = data?.runs?.[0];
    const theirs = await writer.outage().catch((reason: unknown) => {
      throw new Error(`run ${run}: ${reason}; ${JSON.stringify({ error, ours, seen })}`);
    });
    const line = `run ${run}: ${ours.verdict}, ${ours.outageMs} ± ${ours.resolutionMs} ms; the other writer: ${theirs.outageMs.toFixed(1)} ± ${theirs.resolutionMs.toFixed(1)} ms ${ours.reasons.join('; ')}`;
    expect(Math.abs(ours.outageMs - theirs.outageMs), line).toBeLessThanOrEqual(
      ours.resolutionMs + theirs.resolutionMs,
    );
    return line;
  }
}, 600_000);

function end(loop: ChildProcess): void {
  loop.kill('SIGKILL');
}
