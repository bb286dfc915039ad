import { partOf } from '../stack/derived/part-of.ts';
import { isStarting } from './plan.ts';
import { type UpInput, type UpResult, up } from './up.ts';

/**
 * For a change that an `up` completes: refuses what that `up` would refuse (ports, values, counts), and gets ready what
 * it needs from the machine (programs, images). Nothing that runs is changed.
 * @throws what `up` throws before its first step.
 */
export async function rehearse(wanted: UpInput): Promise<UpResult> {
  const { runtime, services, emit, signal } = wanted;
  const result = await up({ ...wanted, dryRun: true, emit: () => undefined });
  // What is asked to be built again is built by the `up` itself.
  if (isStarting(result.plan)) await runtime.prepare(partOf(result.stack, services), emit, { signal });
  return result;
}
