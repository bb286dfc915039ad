import { StackctlError } from '../errors.ts';
import type { Emit } from '../lib/events.ts';
import { takeLock } from '../lib/lock.ts';
import { removeProject } from '../stack/registry.ts';
import { type Check, checksOf, type Verdict, verdictOf } from './check.ts';
import { gather, type Question, type Surroundings } from './gather.ts';
import { installPackages } from './install-packages.ts';
import { type Fix, planFixes } from './plan-fixes.ts';
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
export async function doctor({ question, around, fix, emit, signal }: DoctorInput): Promise<DoctorResult> {
  const facts = await gather(question, around);
  const checks = checksOf(facts);
  const fixes = fix ? planFixes(facts, checks) : [];
  if (fixes.length === 0) return { checks, verdict: verdictOf(checks), fixed: [] };
  for (const one of fixes) await carryOut(one, { question, around, fix, emit, signal });
  const after = checksOf(await gather(question, around));
  return { checks: after, verdict: verdictOf(after), fixed: fixes.map(({ id, text }) => ({ id, text })) };
}

async function carryOut(fix: Fix, { around, emit, signal }: DoctorInput): Promise<void> {
  signal.throwIfAborted();
  const step = { type: 'step', id: fix.id, title: fix.text } as const;
  emit({ ...step, state: 'start' });
  try {
    await act(fix, around, signal);
  } catch (error) {
    emit({
      ...step,
      state: 'failed',
      detail: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    });
    throw error;
  }
  emit({ ...step, state: 'done' });
}

async function act(fix: Fix, { policyFolder, registry, env }: Surroundings, signal: AbortSignal): Promise<void> {
  switch (fix.type) {
    case 'restorePolicy':
      return restorePolicy(policyFolder);
    case 'installPackages':
      return installPackages({ packages: fix.packages, policyFolder, env, signal });
    case 'removeLock':
      return removeLock(fix.path);
    case 'removeRegistryEntry':
      return removeProject(registry, fix.projectId);
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
