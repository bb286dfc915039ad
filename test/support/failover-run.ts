import { expect } from 'vitest';
import type { RunReport } from '../../src/failover/run-report.ts';
import type { Envelope, TestProject } from './project.ts';

/**
 * Runs a scenario that must lose nothing and change the master once. How long the outage was is not judged: that a busy
 * machine makes it longer is no fault. When it was too busy to measure, it runs again, as the tool itself says; the last
 * time what was counted is enough. A failure is never repeated.
 */
export async function expectPass(
  project: TestProject,
  scenario: string,
  attempts = 3,
): Promise<{ readonly run: RunReport; readonly warnings: Envelope['warnings'] }> {
  const result = await project.json(['failover-test', '--scenario', scenario, '--max-outage', '60s']);
  const { code, data, warnings } = result;
  const told = JSON.stringify(result, null, 1);
  expect([code, data?.verdict], told).toEqual(data?.verdict === 'inconclusive' ? [8, 'inconclusive'] : [0, 'pass']);
  const [run] = data.runs as readonly RunReport[];
  if (run === undefined) throw new Error(`no run: ${told}`);
  if (data.verdict === 'inconclusive' && attempts > 1) {
    process.stderr.write(`${scenario}: ${result.error?.message}\n`);
    return expectPass(project, scenario, attempts - 1);
  }
  expect(run, told).toMatchObject({ scenario, lost: 0, phantom: 0, duplicates: 0, switches: 1 });
  return { run, warnings };
}
