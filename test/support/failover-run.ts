import type { Envelope, TestProject } from './project.ts';

/** Runs it again, as the tool itself says, when the machine was too busy to measure; a failure is never repeated. */
export async function conclusive(project: TestProject, scenario: string, attempts = 3): Promise<Envelope> {
  const result = await project.json(['failover-test', '--scenario', scenario]);
  if (result.data?.verdict !== 'inconclusive' || attempts === 1) return result;
  process.stderr.write(`${scenario}: ${result.error?.message}\n`);
  return conclusive(project, scenario, attempts - 1);
}
