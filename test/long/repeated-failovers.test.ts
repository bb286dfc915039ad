import { expect, test } from 'vitest';
import type { RunReport } from '../../src/failover/run-report.ts';
import { summaries } from '../../src/failover/summary.ts';
import { stackctl } from '../support/cli.ts';
import { openTestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

const REPEAT = 20;

/** Detection soon, so that twenty of each are done in minutes. */
const VALUES = { downAfterMs: 1500, failoverTimeoutMs: 5000 } as const;

test('twenty masters killed and twenty moved by the stock command: what the runs show together is what each of them says', {
  timeout: 3_600_000,
}, async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: VALUES });
  await project.up();
  const args = ['failover-test', '--scenario', 'master-kill,planned', '--repeat', String(REPEAT), '--json'];
  const { code, out } = await stackctl(args, { cwd: project.folder, env: project.env });
  expect(code).toBe(6);
  const { data } = JSON.parse(out) as { data: { runs: RunReport[]; summaries: unknown } };
  expect(data.runs.map(({ scenario }) => scenario)).toEqual(
    Array.from({ length: REPEAT }, () => ['master-kill', 'planned']).flat(),
  );
  expect(data.summaries).toEqual(JSON.parse(JSON.stringify(summaries(data.runs))));
  const [kills, planned] = summaries(data.runs);
  console.log(JSON.stringify([kills, planned], undefined, 2));
  expect(kills).toMatchObject({ runs: REPEAT, verdicts: { fail: 0 }, lost: 0, readRuns: REPEAT });
  expect(planned).toMatchObject({ runs: REPEAT, verdicts: { fail: REPEAT }, runsWithLoss: REPEAT });
});
