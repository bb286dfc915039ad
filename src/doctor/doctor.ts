import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { takeLock } from '../lib/lock.ts';
import { removeProject } from '../project/registry.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import { type Check, checksOf, type Verdict, verdictOf } from './checks/check.ts';
import { fetchDownload } from './fixes/fetch-download.ts';
import { installPackages } from './fixes/install-packages.ts';
import { type Fix, planFixes } from './fixes/plan-fixes.ts';
import { gather, type Question, type Surroundings } from './gather/gather.ts';
import { restorePolicy } from './service-policy.ts';

export interface DoctorInput {
  readonly question: Question;
  readonly around: Surroundings;
  /** Do what is safe, then look again. */
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
 * Looks at the machine; with `fix` mends what is safe to mend and looks again, so that the answer is what is true now.
 * @throws what a fix throws: E_BINARY_MISSING, E_LOCKED, E_STATE_UNWRITABLE.
 */
export async function doctor(input: DoctorInput): Promise<DoctorResult> {
  const { question, around } = input;
  const unable = new Map<RuntimeName, string>();
  const fixed = input.fix ? await mend(input, unable) : [];
  const checks = checksOf(await gather(question, around, unable));
  return { checks, verdict: verdictOf(checks), fixed: fixed.map(({ id, text }) => ({ id, text })) };
}

/**
 * Carries out what is planned, and plans again until nothing new comes up: where images cannot be fetched, server
 * programs have to be installed. A fix is tried once.
 * @param unable filled with the runtimes that could not fetch what they lack.
 */
async function mend(input: DoctorInput, unable: Map<RuntimeName, string>): Promise<readonly Fix[]> {
  const tried: Fix[] = [];
  const done: Fix[] = [];
  for (;;) {
    const facts = await gather(input.question, input.around, unable);
    const next = planFixes(facts, checksOf(facts)).find(({ id }) => tried.every((fix) => fix.id !== id));
    if (next === undefined) return done;
    tried.push(next);
    if (await carryOut(next, input, unable)) done.push(next);
  }
}

/** Whether it worked. Only a fetch may fail: there may be another way. */
async function carryOut(fix: Fix, input: DoctorInput, unable: Map<RuntimeName, string>): Promise<boolean> {
  const { emit, signal } = input;
  signal.throwIfAborted();
  const problem = await step(
    emit,
    { id: fix.id, title: fix.text },
    () => act(fix, input),
    (found) => (found === undefined ? { state: 'done' } : { state: 'failed', detail: found }),
  );
  if (fix.type === 'fetch' && problem !== undefined) unable.set(fix.runtime, problem);
  return problem === undefined;
}

/** Why it did not work, where that is no reason to stop. */
async function act(fix: Fix, { question, around, signal }: DoctorInput): Promise<string | undefined> {
  const { policyFolder, registry, env, plugins } = around;
  switch (fix.type) {
    case 'restorePolicy':
      await restorePolicy(policyFolder);
      return undefined;
    case 'fetch': {
      const runtime = await plugins.loadRuntime(fix.runtime);
      const { available, reason } = await runtime.availability(question.needs, env, { pull: true });
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

/** Taking a dead lock over and giving it back removes it, and cannot remove one that somebody took a moment ago. */
async function removeLock(path: string): Promise<void> {
  try {
    const release = await takeLock(path, 'stackctl doctor --fix');
    await release();
  } catch (error) {
    // Somebody holds it now, so it is no longer stale.
    if (!(error instanceof StackctlError) || error.code !== 'E_LOCKED') throw error;
  }
}
