import { StackctlError } from '../../errors.ts';
import { foldersOf, readRecord } from '../../programs/supervisor/protocol/instance-files.ts';
import type { Wanted } from '../../programs/supervisor/protocol/instance-record.ts';
import type { InstanceState, RuntimeInput } from '../../stack/contract/runtime.ts';
import type { FaultKind } from '../../stack/contract/runtime-facts.ts';
import { type ExistingInstance, existing } from './existing.ts';
import { observeInstance } from './observe.ts';
import { request, requestFor } from './supervision/request.ts';

type SupportedFault = Exclude<FaultKind, 'partition'>;

const WANTED = { kill: 'killed', pause: 'paused', stop: 'stopped' } as const satisfies Record<SupportedFault, Wanted>;

/** No `partition`: local processes share the loopback interface, and cutting one off needs rights over the network. */
export const FAULTS: ReadonlySet<FaultKind> = new Set(Object.keys(WANTED) as SupportedFault[]);

/**
 * Injects a fault through the supervisor, so that it cannot be taken for a crash, and returns when it has taken effect.
 * @throws E_FAULT_UNSUPPORTED, E_INSTANCE_NOT_FOUND, E_FAULT_FAILED, E_SUPERVISOR
 */
export async function inject(input: RuntimeInput, name: string, fault: FaultKind): Promise<void> {
  if (fault === 'partition') throw unsupported(fault);
  const instance = await existing(input, name);
  const before = (await observeInstance(instance.folders))?.state;
  if (before !== 'running' && before !== 'paused') throw nothingToHit(name, fault, before);
  await request(input, [requestFor(instance, WANTED[fault], fault)]);
  await throwIfIneffective(instance, fault);
}

/** Lets the instance run again; a no-op when this fault is not, or no longer, on it. @throws E_FAULT_FAILED, E_SUPERVISOR */
export async function heal(input: RuntimeInput, name: string, fault: FaultKind): Promise<void> {
  const folders = foldersOf(input.paths.instances, name);
  const record = await readRecord(folders);
  if (record === undefined || record.fault !== fault) return;
  await request(input, [requestFor({ folders, record }, 'running')]);
  const after = (await observeInstance(folders))?.state;
  if (after === 'paused') throw failed(`${name} is still frozen`);
}

async function throwIfIneffective({ folders }: ExistingInstance, fault: SupportedFault): Promise<void> {
  const expected: InstanceState = fault === 'pause' ? 'paused' : 'stopped';
  const after = (await observeInstance(folders))?.state;
  if (after !== expected) throw failed(`${folders.name} is ${after ?? 'gone'} after ${fault}, not ${expected}`);
}

function unsupported(fault: FaultKind): StackctlError {
  return new StackctlError('E_FAULT_UNSUPPORTED', `the process runtime cannot inject the fault "${fault}"`, {
    hint: `It can: ${[...FAULTS].join(', ')}. For a partition use --runtime docker.`,
    details: { fault, supported: [...FAULTS] },
  });
}

function nothingToHit(name: string, fault: FaultKind, state: InstanceState | undefined): StackctlError {
  return failed(`${name} does not run (${state ?? 'missing'}): there is nothing to ${fault}`);
}

function failed(message: string): StackctlError {
  return new StackctlError('E_FAULT_FAILED', message, { hint: 'See `stackctl status`; `stackctl up` brings it back.' });
}
