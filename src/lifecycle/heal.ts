import { errorText, StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { type FaultEntry, isHeld, readFaults, removeFault } from '../project/fault-journal.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import type { FaultKind } from '../stack/contract/runtime-facts.ts';

export interface HealInput {
  readonly runtime: Pick<Runtime, 'name' | 'faults' | 'lacks' | 'heal'>;
  /** Whose kinds know the faults that are none of the runtime's; undefined where it cannot be read. */
  readonly stack: Stack | undefined;
  /** The project's fault journal. */
  readonly faults: string;
  readonly emit: Emit;
  /** Faults of processes that live and take them back themselves stay: for whoever was not asked to heal. */
  readonly leavesHeld?: true;
}

/**
 * Takes back every fault in the journal, newest first, and crosses out each one that is gone. One that cannot be
 * healed does not stop the others. Idempotent: an empty journal is nothing to do.
 * @returns what was healed.
 * @throws E_FAULT_FAILED naming the faults that are left; they stay in the journal.
 */
export async function heal(input: HealInput): Promise<readonly FaultEntry[]> {
  const all = await readFaults(input.faults);
  const entries = all.filter((entry) => input.leavesHeld !== true || !isHeld(entry)).toReversed();
  const healed: FaultEntry[] = [];
  const failures: { readonly entry: FaultEntry; readonly error: unknown }[] = [];
  for (const entry of entries) {
    try {
      await healOne(input, entry);
      healed.push(entry);
    } catch (error) {
      failures.push({ entry, error });
    }
  }
  if (failures.length > 0) throw leftOver(failures);
  return healed;
}

async function healOne(input: HealInput, entry: FaultEntry): Promise<void> {
  const { faults, emit } = input;
  const { instance, fault, command, at } = entry;
  const detail = `"${fault}" was left behind by "${command}" at ${at}`;
  await step(emit, { id: `heal:${instance}`, title: `heal ${instance}`, detail }, async () => {
    await takeBack(input, entry);
    await removeFault(faults, { instance, fault });
  });
}

async function takeBack({ runtime, stack }: HealInput, { instance, fault, before = '' }: FaultEntry): Promise<void> {
  if (isFaultOf(runtime, fault)) return runtime.heal(instance, fault);
  for (const service of stack?.services ?? []) {
    const byProtocol = service.kind.failover?.faults[fault];
    if (stack !== undefined && byProtocol !== undefined) return byProtocol.heal({ stack, service }, instance, before);
  }
  const why = (runtime.lacks as Readonly<Record<string, string>> | undefined)?.[fault];
  const problem = `the ${runtime.name} runtime cannot take back "${fault}"`;
  throw new StackctlError('E_FAULT_UNSUPPORTED', why === undefined ? problem : `${problem}: ${why}`, {
    hint: 'It was injected by another user or runtime, or the stack cannot be read. Run: stackctl down, then stackctl up.',
  });
}

function isFaultOf(runtime: HealInput['runtime'], fault: string): fault is FaultKind {
  return (runtime.faults as ReadonlySet<string>).has(fault);
}

function leftOver(failures: readonly { readonly entry: FaultEntry; readonly error: unknown }[]): StackctlError {
  const list = failures.map(({ entry, error }) => {
    return `${entry.fault} of ${entry.instance}: ${errorText(error)}`;
  });
  return new StackctlError('E_FAULT_FAILED', `could not heal ${list.join('; ')}`, {
    hint: 'Run: stackctl heal. If it fails again: stackctl down, then stackctl up, which start the instances afresh.',
    details: { faults: failures.map(({ entry }) => entry) },
    cause: failures[0]?.error,
  });
}
