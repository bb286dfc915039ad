import type Dockerode from 'dockerode';
import { StackctlError } from '../../errors.ts';
import { deadline, poll } from '../../lib/poll.ts';
import type { FaultKind } from '../../stack/contract/runtime-facts.ts';
import { findInstance } from './containers/find-instance.ts';
import { containerOf, type ProjectContainer } from './containers/project-objects.ts';
import type { Engine } from './engine/engine.ts';
import { engineMessage, isConnectionLost, unlessRefused } from './engine/guard.ts';
import { attach, detach, isDetached } from './network/network-attachment.ts';

const EFFECT_MS = 15_000;
/** Status of the Engine for a container that is in the wanted state already. */
const ALREADY = [304];

/**
 * Returns when the fault has taken effect.
 * @throws E_INSTANCE_NOT_FOUND; E_FAULT_FAILED, e.g. for an instance that does not run.
 */
export async function inject(engine: Engine, projectId: string, instance: string, fault: FaultKind): Promise<void> {
  const listed = await findInstance(engine, projectId, instance);
  if (fault === 'partition' && isDetached(listed)) return;
  const container = (await engine.docker()).getContainer(listed.Id);
  try {
    await injectors[fault]({ engine, listed, container });
  } catch (error) {
    throw explained(instance, fault, error);
  }
}

/** Ends a fault. Does nothing for an instance without a container, or without this fault. @throws E_FAULT_FAILED */
export async function heal(engine: Engine, projectId: string, instance: string, fault: FaultKind): Promise<void> {
  const listed = await containerOf(engine, projectId, instance);
  if (listed === undefined) return;
  const container = (await engine.docker()).getContainer(listed.Id);
  try {
    await healers[fault]({ engine, listed, container });
  } catch (error) {
    throw explained(instance, `heal ${fault}`, error);
  }
}

interface Target {
  readonly engine: Engine;
  readonly listed: ProjectContainer;
  readonly container: Dockerode.Container;
}

const injectors: Readonly<Record<FaultKind, (target: Target) => Promise<unknown>>> = {
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
  partition: ({ engine, listed }) => detach(engine, listed),
};

const healers: Readonly<Record<FaultKind, (target: Target) => Promise<unknown>>> = {
  kill: ({ container }) => unlessRefused(container.start(), ALREADY),
  pause: async ({ listed, container }) => {
    if (listed.State !== 'paused') return;
    await container.unpause();
    await untilState(container, ({ Paused }) => !Paused);
  },
  stop: ({ container }) => unlessRefused(container.start(), ALREADY),
  partition: async ({ engine, listed }) => {
    if (isDetached(listed)) await attach(engine, listed);
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
