import { expect } from 'vitest';
import type { SmokeReport } from '../../src/smoke/phases.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { type Envelope, FAST, ok, openTestProject, type TestProject } from './project.ts';

export function verdictsOf({ data }: Envelope): Readonly<Record<string, string>> {
  return Object.fromEntries((data as SmokeReport).phases.map(({ phase, verdict }) => [phase, verdict]));
}

/** Under the name of the stack, by which the traces of a project of a test are looked for, and ended. */
export function smokeArgs(project: TestProject, stack: string, ...more: readonly string[]): readonly string[] {
  return ['smoke', ...project.upArgs.slice(1), '--project', stack, ...more];
}

/** `smoke` of a built-in stack gives these verdicts and leaves nothing behind. */
export async function testSmoke(
  stack: string,
  runtime: RuntimeName,
  verdicts: Readonly<Record<string, string>>,
): Promise<void> {
  const values = stack.endsWith('sentinel') ? { values: FAST } : {};
  await using project = await openTestProject({ stack, runtime, ...values });
  const answer = ok(await project.json(smokeArgs(project, stack)));
  expect(answer.data).toMatchObject({ verdict: 'pass', stack });
  expect(verdictsOf(answer)).toEqual(verdicts);
  expect(await project.leftovers()).toEqual([]);
}
