import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { takeLock } from '../lib/lock.ts';
import { removeProject } from '../project/registry.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import { checksOf, verdictOf } from './checks/checks-of.ts';
import type { Check, Verdict } from './facts.ts';
import { fetchDownload } from './fixes/fetch-download.ts';
import { installPackages } from './fixes/install-packages.ts';
import { type Fix, planFixes } from './fixes/plan-fixes.ts';
import { gather } from './gather/gather.ts';
import type { DoctorScope, Machine } from './scope.ts';
import { restorePolicy } from './service-policy.ts';

export interface DoctorInput {
  readonly scope: DoctorScope;
  readonly machine: Machine;
  /** Apply the safe fixes, then check again. */
  readonly fix: boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** `data` of the command, JSON-ready. */
export interface DoctorResult {
  readonly checks: readonly Check[];
  readonly verdict: Verdict;
  /** What was done, in order; empty without `--fix`. */
  readonly fixed: readonly { readonly id: string; readonly text: string }[];
}

/**
 * Checks the machine; with `fix` applies the safe fixes and checks again, so that the answer is what is true now.
 * @throws what a fix throws: E_BINARY_MISSING, E_LOCKED, E_STATE_UNWRITABLE.
 */
export async function doctor(input: DoctorInput): Promise<DoctorResult> {
  const { scope, machine } = input;
  const failedFetches = new Map<RuntimeName, string>();
  const fixed = input.fix ? await applyFixes(input, failedFetches) : [];
  const checks = checksOf(await gather(scope, machine, failedFetches));
  return { checks, verdict: verdictOf(checks), fixed: fixed.map(({ id, text }) => ({ id, text })) };
}

/**
 * Carries out what is planned, and plans again until nothing new comes up: where images cannot be fetched, server
 * programs have to be installed. A fix is tried once.
 * @param failedFetches filled with the runtimes that could not fetch what they lack.
 */
async function applyFixes(input: DoctorInput, failedFetches: Map<RuntimeName, string>): Promise<readonly Fix[]> {
  const tried: Fix[] = [];
  const done: Fix[] = [];
  for (;;) {
    const facts = await gather(input.scope, input.machine, failedFetches);
    const next = planFixes(facts, checksOf(facts)).find(({ id }) => tried.every((fix) => fix.id !== id));
    if (next === undefined) return done;
    tried.push(next);
    if (await carryOut(next, input, failedFetches)) done.push(next);
  }
}

/** Whether it worked. Only a fetch may fail: there may be another way. */
async function carryOut(fix: Fix, input: DoctorInput, failedFetches: Map<RuntimeName, string>): Promise<boolean> {
  const { emit, signal } = input;
  signal.throwIfAborted();
  const problem = await step(
    emit,
    { id: fix.id, title: fix.text },
    () => act(fix, input),
    (found) => (found === undefined ? { state: 'done' } : { state: 'failed', detail: found }),
  );
  if (fix.type === 'fetch' && problem !== undefined) failedFetches.set(fix.runtime, problem);
  return problem === undefined;
}

/** Why it did not work, where that is no reason to stop. */
async function act(fix: Fix, { scope, machine, signal }: DoctorInput): Promise<string | undefined> {
  const { policyFolder, registry, env, plugins } = machine;
  switch (fix.type) {
    case 'restorePolicy':
      await restorePolicy(policyFolder);
      return undefined;
    case 'fetch': {
      const runtime = await plugins.loadRuntime(fix.runtime);
      const { available, reason } = await runtime.availability(scope.needs, env, { pull: true });
      return available ? undefined : reason;
    }
    case 'installPackages':
      await installPackages({ packages: fix.packages, policyFolder, env, signal });
      return undefined;
    case 'download':
      await fetchDownload({ download: fix.download, cacheFolder: fix.cacheFolder, env, signal });
      return undefined;
    case 'removeLock':
      await removeLock(fix.path);
      return undefined;
    case 'removeRegistryEntry':
      await removeProject(registry, fix.projectId);
      return undefined;
  }
}

/** Taking a dead lock over and giving it back removes it, and cannot remove one that was taken a moment ago. */
async function removeLock(path: string): Promise<void> {
  try {
    const release = await takeLock(path, 'stackctl doctor --fix');
    await release();
  } catch (error) {
    // Somebody holds it now, so it is no longer stale.
    if (!(error instanceof StackctlError) || error.code !== 'E_LOCKED') throw error;
  }
}
