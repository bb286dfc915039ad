import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { type Emit, step } from '../lib/events.ts';
import { ownMark } from '../lib/process-identity.ts';
import { addFault, removeFault } from '../project/fault-journal.ts';
import type { FaultEffect, Runtime } from '../stack/contract/runtime.ts';
import type { FaultKind, FaultOptions } from '../stack/contract/runtime-facts.ts';

export interface InjectInput {
  readonly runtime: Pick<Runtime, 'name' | 'faults' | 'lacks' | 'inject' | 'heal'>;
  /** The project's fault journal. */
  readonly faults: string;
  /** For messages: who injects it. */
  readonly command: string;
  readonly now: () => Date;
  readonly emit: Emit;
}

export interface OneFault {
  readonly instance: string;
  readonly fault: FaultKind;
}

/**
 * Injects one fault that lasts until `healFault`, as long as this process lives: then it is left to the next stackctl. On
 * record before it is injected; one that could not be is taken off again.
 * @throws E_FAULT_UNSUPPORTED and what `Runtime.inject` throws.
 */
export async function injectFault(input: InjectInput, one: OneFault, options?: FaultOptions): Promise<FaultEffect> {
  const { runtime, faults, command, now, emit } = input;
  const { instance, fault } = one;
  if (!runtime.faults.has(fault)) throw unsupported(runtime, fault);
  await addFault(faults, { instance, fault, command, at: now().toISOString(), owner: ownMark() });
  try {
    return await step(emit, { id: `fault:${fault}:${instance}`, title: `${fault} ${instance}` }, () =>
      runtime.inject(instance, fault, defined({ ...options })),
    );
  } catch (error) {
    // Half of it may be in place.
    await runtime.heal(instance, fault).then(
      () => removeFault(faults, one),
      () => undefined,
    );
    throw error;
  }
}

/** Takes it back. Idempotent. @throws E_FAULT_FAILED, E_SUPERVISOR; it stays on record then. */
export async function healFault(
  { runtime, faults, emit }: Pick<InjectInput, 'runtime' | 'faults' | 'emit'>,
  one: OneFault,
): Promise<void> {
  const { instance, fault } = one;
  await step(emit, { id: `heal:${instance}`, title: `heal ${instance}` }, () => runtime.heal(instance, fault));
  await removeFault(faults, one);
}

function unsupported({ name, faults, lacks }: InjectInput['runtime'], fault: FaultKind): StackctlError {
  const why = lacks?.[fault];
  return new StackctlError(
    'E_FAULT_UNSUPPORTED',
    `the ${name} runtime cannot inject "${fault}"${why === undefined ? '' : `: ${why}`}`,
    { hint: `It can: ${[...faults].join(', ')}.`, details: { fault, supported: [...faults] } },
  );
}
