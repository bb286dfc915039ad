import { StackctlError } from '../../errors.ts';
import { isTimeout } from '../../lib/poll.ts';
import { isFrozen } from '../../lib/process-group.ts';
import { aliveCheck, type ProcessIdentity } from '../../lib/process-identity.ts';
import { witness } from '../../lib/witness.ts';
import { foldersOf, readRecord } from '../../programs/supervisor/protocol/instance-files.ts';
import type { Wanted } from '../../programs/supervisor/protocol/instance-record.ts';
import { runStateOf } from '../../programs/supervisor/protocol/recover.ts';
import type { FaultEffect, InstanceState, RuntimeInput } from '../../stack/contract/runtime.ts';
import type { FaultKind } from '../../stack/contract/runtime-facts.ts';
import { existing } from './existing.ts';
import { observeInstance } from './observe.ts';
import { canMount, makeReadOnly, makeWritable } from './read-only.ts';
import { request, requestFor } from './supervision/request.ts';

type SignalFault = Extract<FaultKind, 'kill' | 'pause' | 'stop'>;

const WANTED = { kill: 'killed', pause: 'paused', stop: 'stopped' } as const satisfies Record<SignalFault, Wanted>;

const SIGNALS = Object.keys(WANTED) as SignalFault[];

export const FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>(canMount() ? [...SIGNALS, 'read-only'] : SIGNALS);

const ONE_INTERFACE = 'local processes share the loopback interface; use --runtime docker';
export const LACKS = {
  ...{ partition: ONE_INTERFACE, cut: ONE_INTERFACE, loss: ONE_INTERFACE, slow: ONE_INTERFACE },
  ...(!canMount() && { 'read-only': 'it takes root with the right to mount (CAP_SYS_ADMIN), on Linux' }),
};

/** Between two looks at the table of processes, in milliseconds. */
const LOOK_MS = 1;
/** The supervisor says that it is done when the kernel has shown the effect already. */
const EFFECT_MS = 1000;

/**
 * Injects a fault through the supervisor, so that it cannot be taken for a crash; the kernel's table of processes says when it
 * has taken effect.
 * @throws E_FAULT_UNSUPPORTED, E_INSTANCE_NOT_FOUND, E_FAULT_FAILED, E_SUPERVISOR
 */
export async function inject(input: RuntimeInput, name: string, fault: FaultKind): Promise<FaultEffect> {
  if (!FAULTS.has(fault)) throw unsupported(fault);
  const instance = await existing(input, name);
  if (fault === 'read-only') return { ...(await makeReadOnly(instance.folders.data)), source: 'the kernel' };
  if (!isSignal(fault)) throw unsupported(fault);
  const before = (await observeInstance(instance.folders))?.state;
  const { server } = await runStateOf(instance.folders, instance.record);
  if (server === undefined || (before !== 'running' && before !== 'paused')) throw nothingToHit(name, fault, before);
  try {
    const seen = await witness(
      effectOn(server, fault),
      () => request(input, [requestFor(instance, WANTED[fault], fault)]),
      { everyMs: LOOK_MS, limitMs: EFFECT_MS },
    );
    return { ...seen, source: 'the kernel' };
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const after = (await observeInstance(instance.folders))?.state;
    throw failed(`${name} is ${after ?? 'gone'} after ${fault}, not ${fault === 'pause' ? 'paused' : 'stopped'}`);
  }
}

function effectOn(server: ProcessIdentity, fault: SignalFault): () => boolean {
  if (fault === 'pause') return () => isFrozen(server);
  const isAlive = aliveCheck(server);
  return () => !isAlive();
}

/** Lets the instance run again; a no-op when this fault is not, or no longer, on it. @throws E_FAULT_FAILED, E_SUPERVISOR */
export async function heal(input: RuntimeInput, name: string, fault: FaultKind): Promise<void> {
  const folders = foldersOf(input.paths.instances, name);
  if (fault === 'read-only') return makeWritable(folders.data);
  const record = await readRecord(folders);
  if (record === undefined || record.fault !== fault) return;
  await request(input, [requestFor({ folders, record }, 'running')]);
  const after = (await observeInstance(folders))?.state;
  if (after === 'paused') throw failed(`${name} is still frozen`);
}

function isSignal(fault: FaultKind): fault is SignalFault {
  return fault in WANTED;
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
