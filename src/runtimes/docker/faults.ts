import type Dockerode from 'dockerode';
import { StackctlError } from '../../errors.ts';
import { deadline, isTimeout, poll } from '../../lib/poll.ts';
import { witness } from '../../lib/witness.ts';
import type { FaultEffect, Runtime } from '../../stack/contract/runtime.ts';
import type { FaultKind, FaultOptions } from '../../stack/contract/runtime-facts.ts';
import { findInstance } from './containers/find-instance.ts';
import { containerOf, listContainers, type ProjectContainer } from './containers/project-objects.ts';
import { isOwnProcess, viewOf } from './effect.ts';
import { engineMessage, isConnectionLost, unlessRefused } from './engine/guard.ts';
import { isNamespaceFault, type NamespaceFault, namespaceFaults, type Place, type Target } from './namespace-faults.ts';
import { attach, detach, isDetached } from './network/network-attachment.ts';
import { withoutPackets } from './network/packet-faults.ts';

const EFFECT_MS = 15_000;
/** Status of the Engine for a container that is in the wanted state already. */
const ALREADY = [304];
/** Between two looks, in milliseconds. */
const LOOK_MS = 2;

export interface Hit {
  readonly instance: string;
  readonly fault: FaultKind;
  readonly options?: FaultOptions | undefined;
}

/**
 * Returns when the fault has taken effect.
 * @throws E_INSTANCE_NOT_FOUND; E_FAULT_FAILED, e.g. for an instance that does not run.
 */
export async function inject(place: Place, { instance, fault, options = {} }: Hit): Promise<FaultEffect> {
  const listed = await findInstance(place.engine, place.projectId, instance);
  const target = { place, listed, container: (await place.engine.docker()).getContainer(listed.Id) };
  try {
    return isNamespaceFault(fault) ? await namespaceFaults[fault].inject(target, options) : await hit(target, fault);
  } catch (error) {
    throw explained(instance, fault, isTimeout(error) ? new Error('no effect of it is to be seen') : error);
  }
}

/** Without the faults of packets where the processes of containers are none of this machine's, e.g. in Docker Desktop. */
export async function confirmed(
  { engine, projectId }: Place,
  claimed: Pick<Runtime, 'faults' | 'lacks'>,
): Promise<Pick<Runtime, 'faults' | 'lacks'>> {
  const running = (await listContainers(engine, projectId)).find(({ State }) => State === 'running');
  if (running === undefined || !claimed.faults.has('cut')) return claimed;
  const { Id, State } = await engine.reader.inspectContainer(running.Id);
  return isOwnProcess(Id, State.Pid) ? claimed : withoutPackets(claimed);
}

/** Ends a fault. Does nothing for an instance without a container, or without this fault. @throws E_FAULT_FAILED */
export async function heal(place: Place, { instance, fault }: Hit): Promise<void> {
  const listed = await containerOf(place.engine, place.projectId, instance);
  if (listed === undefined) return;
  const container = (await place.engine.docker()).getContainer(listed.Id);
  try {
    const target = { place, listed, container };
    await (isNamespaceFault(fault) ? namespaceFaults[fault].heal(target) : healers[fault](target));
  } catch (error) {
    throw explained(instance, `heal ${fault}`, error);
  }
}

type EngineFault = Exclude<FaultKind, NamespaceFault>;

async function hit(target: Target, fault: EngineFault): Promise<FaultEffect> {
  const { place, listed, container } = target;
  const calledAt = performance.now();
  const list = (): Promise<ProjectContainer> => findInstance(place.engine, place.projectId, listed.instance ?? '');
  const { source, isInEffect, isLate } = await viewOf(fault, { container, list });
  const isThere = fault === 'partition' && isDetached(listed);
  const act = async (): Promise<unknown> => (isThere ? undefined : injectors[fault](target));
  const seen = await witness(isInEffect, act, { everyMs: LOOK_MS, limitMs: EFFECT_MS });
  return { ...seen, ...(isLate && { notYetAt: calledAt }), source };
}

const injectors: Readonly<Record<EngineFault, (target: Target) => Promise<unknown>>> = {
  // The Engine does not restart a container that was killed through its API: the fault lasts until it is healed.
  kill: async ({ container }) => {
    await container.kill({ signal: 'SIGKILL' });
    await untilState(container, ({ Running }) => !Running);
  },
  pause: async ({ container }) => {
    await container.pause();
    await untilState(container, ({ Paused }) => Paused);
  },
  stop: ({ container }) => unlessRefused(container.stop(), ALREADY),
  partition: ({ place, listed }) => detach(place.engine, listed),
};

const healers: Readonly<Record<EngineFault, (target: Target) => Promise<unknown>>> = {
  kill: ({ container }) => unlessRefused(container.start(), ALREADY),
  pause: async ({ listed, container }) => {
    if (listed.State !== 'paused') return;
    await container.unpause();
    await untilState(container, ({ Paused }) => !Paused);
  },
  stop: ({ container }) => unlessRefused(container.start(), ALREADY),
  partition: async ({ place, listed }) => {
    if (isDetached(listed)) await attach(place.engine, listed);
  },
};

/** The Engine may say the old state for a moment: it hears of changes by events. */
async function untilState(
  container: Dockerode.Container,
  isWanted: (state: Dockerode.ContainerInspectInfo['State']) => boolean,
): Promise<void> {
  await poll(async () => (isWanted((await container.inspect()).State) ? true : undefined), {
    everyMs: 10,
    signal: deadline(EFFECT_MS),
  });
}

function explained(instance: string, fault: string, error: unknown): unknown {
  if (error instanceof StackctlError || isConnectionLost(error)) return error;
  return failed(instance, fault, engineMessage(error), error);
}

function failed(instance: string, fault: string, why: string, cause?: unknown): StackctlError {
  return new StackctlError('E_FAULT_FAILED', `cannot ${fault} ${instance}: ${why}`, {
    hint: '`stackctl status` shows the state of every instance; `stackctl up` brings all of them back.',
    details: { instance, fault },
    cause,
  });
}
