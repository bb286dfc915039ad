/** Faults that are made in the namespaces of a container, from the Engine's machine, and not by the Engine. */
import type Dockerode from 'dockerode';
import { allDone } from '../../lib/all-done.ts';
import { type Witnessed, witness } from '../../lib/witness.ts';
import type { FaultEffect, RuntimeInput } from '../../stack/contract/runtime.ts';
import type { FaultKind, FaultOptions } from '../../stack/contract/runtime-facts.ts';
import { listContainers, newestOfEach, type ProjectContainer } from './containers/project-objects.ts';
import { isOwnProcess } from './effect.ts';
import type { Engine } from './engine/engine.ts';
import type { Namespace } from './network/namespace.ts';
import { heldBackPackets, holdBack, letGo } from './network/netem.ts';
import {
  addressesIn,
  dropPackets,
  droppedPackets,
  letPacketsPass,
  type PacketFault,
  rulesOf,
} from './network/packet-faults.ts';
import { slowConnections, slowDown, speedUp } from './network/slow-links.ts';
import { makeReadOnly, makeWritable } from './read-only.ts';

const EFFECT_MS = 15_000;
/** Between two looks that start a program. */
const LOOK_MS = 50;

export interface Place {
  readonly engine: Engine;
  readonly projectId: string;
  readonly env: RuntimeInput['env'];
}

export interface Target {
  readonly place: Place;
  readonly listed: ProjectContainer;
  readonly container: Dockerode.Container;
}

export type NamespaceFault = PacketFault | 'slow' | 'read-only';

interface NamespaceHit {
  inject(target: Target, options: FaultOptions): Promise<FaultEffect>;
  /** With the container that had it, a fault is gone. */
  heal(target: Target): Promise<void>;
}

export const namespaceFaults: Readonly<Record<NamespaceFault, NamespaceHit>> = {
  cut: { inject: (target, options) => filter(target, 'cut', options), heal: unfilter },
  loss: { inject: (target, options) => filter(target, 'loss', options), heal: unfilter },
  slow: { inject: slow, heal: async (target) => fast(await namespaceOf(target), target.listed.Id) },
  'read-only': {
    inject: withoutWriting,
    heal: async (target) => {
      const namespace = await namespaceOf(target);
      if (namespace !== undefined) await makeWritable(target.container, namespace.pid);
    },
  },
};

export function isNamespaceFault(fault: FaultKind): fault is NamespaceFault {
  return Object.hasOwn(namespaceFaults, fault);
}

/** The rules are in place from one moment on; that they do something, the kernel shows by what it has dropped. */
async function filter(target: Target, fault: PacketFault, options: FaultOptions): Promise<FaultEffect> {
  const { place, listed } = target;
  const namespace = await namespaceOf(target);
  if (namespace === undefined) throw new Error('its network cannot be reached from this machine');
  const all = newestOfEach(await listContainers(place.engine, place.projectId));
  const rules = rulesOf(fault, options, addressesIn(listed, all));
  await letPacketsPass(namespace);
  const set: Witnessed[] = [];
  const act = async (): Promise<void> => {
    const notYetAt = await dropPackets(namespace, rules);
    set.push({ notYetAt, seenAt: performance.now() });
  };
  const hasDropped = async (): Promise<boolean> => set.length > 0 && (await droppedPackets(namespace)) > 0;
  const seen = await witness(hasDropped, act, { everyMs: LOOK_MS, limitMs: EFFECT_MS });
  return { ...(set[0] ?? seen), source: 'the kernel, by the packets that it has dropped' };
}

/** What is on its way late by the kernel, or a connection that was made anew and comes late: the first one is the effect. */
async function slow(target: Target, options: FaultOptions): Promise<FaultEffect> {
  const { place, listed } = target;
  const namespace = await namespaceOf(target);
  if (namespace === undefined) throw new Error('its network cannot be reached from this machine');
  const { instance = '', Id: id } = listed;
  const addressOf = addressesIn(listed, newestOfEach(await listContainers(place.engine, place.projectId)));
  const others = (options.from ?? []).filter((name) => name !== instance).map(addressOf);
  const host = addressOf(instance);
  const peers = others.filter((address) => address !== undefined);
  if (host === undefined || peers.length < others.length) throw new Error('not all have an address in its network');
  await fast(namespace, id);
  let isByKernel = false;
  const act = async (): Promise<void> => {
    isByKernel = await holdBack({ namespace, host, peers }, options);
    if (!isByKernel) await slowDown({ namespace, id, host, peers }, options);
  };
  const counted = () => (isByKernel ? heldBackPackets(namespace) : slowConnections(namespace));
  try {
    const seen = await witness(async () => (await counted()) > 0, act, { everyMs: LOOK_MS, limitMs: EFFECT_MS });
    const what = isByKernel ? 'packets that it has held back' : 'connections that it has redirected';
    return { ...seen, source: `the kernel, by the ${what}` };
  } catch (error) {
    await fast(namespace, id);
    throw error;
  }
}

/** However it was slowed down. With `undefined` the namespace is gone, and a program of it may not be. */
async function fast(namespace: Namespace | undefined, id: string): Promise<void> {
  await allDone([namespace === undefined ? undefined : letGo(namespace), speedUp(namespace, id)]);
}

async function withoutWriting(target: Target): Promise<FaultEffect> {
  const namespace = await namespaceOf(target);
  if (namespace === undefined) throw new Error('its files cannot be reached from this machine');
  return { ...(await makeReadOnly(target.container, namespace.pid)), source: 'the kernel' };
}

/** Undefined for a container that does not run, and for one of another machine. */
async function namespaceOf({ place, container }: Target): Promise<Namespace | undefined> {
  const { Id, State } = await container.inspect();
  return isOwnProcess(Id, State.Pid) ? { pid: State.Pid, env: place.env } : undefined;
}

async function unfilter(target: Target): Promise<void> {
  const namespace = await namespaceOf(target);
  if (namespace !== undefined) await letPacketsPass(namespace);
}
