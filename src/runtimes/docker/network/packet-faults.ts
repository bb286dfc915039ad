/**
 * Faults between instances that keep their network: packets are dropped by rules of their own in the network namespace of the
 * container, which takes root on the machine of the Engine. Nothing on the host's own filter is touched, and the rules go
 * with the container.
 */
import type { Runtime, RuntimeInput } from '../../../stack/contract/runtime.ts';
import { CLIENTS, type FaultKind, type FaultOptions } from '../../../stack/contract/runtime-facts.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import type { ProjectContainer } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { addChains, type Chain, type Purpose, packetsTo, removeChains } from './chains.ts';
import { faultFailed, type Namespace, programOf } from './namespace.ts';

export type PacketFault = Extract<FaultKind, 'cut' | 'loss'>;

type RootFault = PacketFault | Extract<FaultKind, 'slow' | 'read-only'>;

const FILTER = ['nsenter', 'iptables', 'iptables-restore'] as const;
/** What takes root, in the namespaces of a container: fault -> the programs that do it. */
const AS_ROOT: Readonly<Record<RootFault, readonly string[]>> = {
  cut: FILTER,
  loss: FILTER,
  slow: FILTER,
  'read-only': ['nsenter'],
};

/** What the runtime says of faults: `others`, and those of this file where they can be injected. */
export function packetFaults(
  env: RuntimeInput['env'],
  { address }: Pick<Engine, 'address'>,
  others: readonly FaultKind[],
): Pick<Runtime, 'faults' | 'lacks'> {
  const isHere = process.platform === 'linux' && address.host.startsWith('unix:');
  const isPossible = isHere && process.getuid?.() === 0;
  return withRootFaults(others, (program) => isPossible && programOf(env, program) !== undefined);
}

/** @see packetFaults */
export function withoutPackets({ faults }: Pick<Runtime, 'faults'>): Pick<Runtime, 'faults' | 'lacks'> {
  return withRootFaults(
    [...faults].filter((fault) => !Object.hasOwn(AS_ROOT, fault)),
    () => false,
  );
}

/** @param has whether a program can be run as it has to be. */
export function withRootFaults(
  others: readonly FaultKind[],
  has: (program: string) => boolean,
): Pick<Runtime, 'faults' | 'lacks'> {
  const all = Object.entries(AS_ROOT) as [RootFault, readonly string[]][];
  const there = all.filter(([, programs]) => programs.every(has));
  const lacks = all
    .filter((one) => !there.includes(one))
    .map(([fault, programs]) => [fault, `it takes ${neededFor(programs)} on the Engine's machine`]);
  return {
    faults: new Set([...others, ...there.map(([fault]) => fault)]),
    ...(lacks.length > 0 && { lacks: Object.fromEntries(lacks) }),
  };
}

function neededFor(programs: readonly string[]): string {
  return programs === FILTER ? 'root, iptables and nsenter' : 'root and nsenter';
}

const IN: Chain = { table: 'filter', hook: 'INPUT', name: 'STACKCTL_IN' };
const OUT: Chain = { table: 'filter', hook: 'OUTPUT', name: 'STACKCTL_OUT' };
const CHAINS = [IN, OUT];
const PURPOSE: Purpose = { rules: 'the rules that drop packets', without: 'packets pass again' };

/** Puts the rules in place, all at the same time, where none are. @returns as `addChains`. @throws E_FAULT_FAILED */
export function dropPackets(namespace: Namespace, rules: readonly string[]): Promise<number> {
  return addChains(namespace, CHAINS, { filter: rules }, PURPOSE);
}

/** Takes the rules away. A no-op where there are none. @throws E_FAULT_FAILED when some are left. */
export function letPacketsPass(namespace: Namespace): Promise<void> {
  return removeChains(namespace, CHAINS, PURPOSE);
}

/** Packets that the rules have dropped so far, by the kernel's own counters. */
export function droppedPackets(namespace: Namespace): Promise<number> {
  return packetsTo('DROP', namespace, CHAINS);
}

/**
 * The rules of a fault, in the words of iptables-restore.
 * @param addressOf of an instance in the project's network; undefined: it has none.
 * @throws E_FAULT_FAILED for somebody who has no address.
 */
export function rulesOf(
  fault: PacketFault,
  { from = [], to = [], share = 0 }: FaultOptions,
  addressOf: (name: string) => string | undefined,
): readonly string[] {
  if (fault === 'loss') {
    return [`-A ${IN.name} -m statistic --mode random --probability ${share} -j DROP`];
  }
  const known = (name: string): string => {
    const address = addressOf(name);
    if (address === undefined) throw faultFailed(`${name} has no address in the project's network`);
    return address;
  };
  return [
    ...from.map((name) => `-A ${IN.name} -s ${known(name)} -j DROP`),
    ...to.map((name) => `-A ${OUT.name} -d ${known(name)} -j DROP`),
  ];
}

/** Who comes from the Engine's machine has the address of the network's gateway. */
export function addressesIn(
  own: ProjectContainer,
  all: readonly ProjectContainer[],
): (name: string) => string | undefined {
  const network = own.Labels[LABELS.network] ?? '';
  const place = ({ NetworkSettings }: ProjectContainer) => NetworkSettings.Networks[network];
  return (name) => {
    if (name === CLIENTS) return place(own)?.Gateway || undefined;
    const other = all.find(({ instance }) => instance === name);
    return (other && place(other)?.IPAddress) || undefined;
  };
}
