import { findPrimaries } from '../../lifecycle/primaries.ts';
import type { Instance } from '../../stack/contract/model.ts';
import { type OpenSession, selectInstances } from './session.ts';

/** A service means its primary, or its first instance that runs. */
export async function chooseInstance({ stack, runtime, signal }: OpenSession, word: string): Promise<Instance> {
  const candidates = selectInstances(stack, [word]);
  const [first] = candidates;
  if (first === undefined) throw new Error('no instance was selected');
  if (candidates.length === 1) return first;
  const primary = (await findPrimaries(stack, runtime, signal))[first.service]?.instance;
  const running = new Set((await runtime.observe()).filter(({ state }) => state === 'running').map(({ name }) => name));
  return (
    candidates.find(({ name }) => name === primary && running.has(name)) ??
    candidates.find(({ name }) => running.has(name)) ??
    first
  );
}
