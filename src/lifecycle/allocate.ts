import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { makeFolder } from '../lib/files.ts';
import { takeLock } from '../lib/lock.ts';
import { deadline, poll } from '../lib/poll.ts';
import type { OpenedProject } from '../project/open.ts';
import { projectPaths } from '../project/paths.ts';
import { readRecord } from '../project/record.ts';
import { type Registry, type RegistryEntry, readRegistry, reservedPorts } from '../project/registry.ts';
import type { Network } from '../stack/contract/model.ts';
import type { ObservedInstance, TakenNetworks } from '../stack/contract/runtime.ts';
import type { RuntimeFacts } from '../stack/contract/runtime-facts.ts';
import { type ClaimedPorts, claimPorts } from '../stack/ports/claim-ports.ts';
import { pickNetworkName } from '../stack/ports/network-name.ts';
import type { PortMode } from '../stack/ports/ports.ts';
import { overlaps, pickSubnet } from '../stack/ports/subnet.ts';
import { stillKept, wishesFor } from '../stack/ports/wishes.ts';

export interface AllocateInput {
  readonly project: Pick<OpenedProject, 'identity' | 'record' | 'portWishes' | 'networkName'>;
  readonly counts: Readonly<Record<string, number>>;
  /** Those of them that this command asks for. */
  readonly asked: Readonly<Record<string, number>>;
  readonly runtime: RuntimeFacts;
  readonly takenNetworks: () => Promise<TakenNetworks>;
  /** Joins the network of others in place of one of the project's own. Undefined: the project has, or gets, its own. */
  readonly joinNetwork?: JoinNetwork | undefined;
  readonly mode: PortMode;
  /** In place of the ports that the stack asks for: the next free ones from here on. Undefined: those that it asks for. */
  readonly portsFrom?: number | undefined;
  /** Instances of this project that run: their ports are theirs. */
  readonly running: readonly Pick<ObservedInstance, 'name' | 'hostPorts' | 'network'>[];
  /** Folder of the user's registry of projects. */
  readonly registry: string;
}

/**
 * @param kept the part that the project had.
 * @param others parts of networks that other projects have.
 * @returns undefined where there is none: then the project has its own.
 */
export type JoinNetwork = (kept: Network | undefined, others: readonly Network[]) => Promise<Network | undefined>;

export interface Allocation extends ClaimedPorts {
  /** Null where the runtime has no network of its own. */
  readonly network: Network | null;
}

/**
 * Ports, network name and subnet of a project: the recorded ones where they are still free, else new ones.
 * @throws E_PORT_IN_USE, E_NO_FREE_PORT, E_NO_FREE_SUBNET
 */
export async function allocate(wanted: AllocateInput): Promise<Allocation> {
  const { project, runtime, running, mode, portsFrom } = wanted;
  const { record, identity } = project;
  const own = wishesFor(runtime, project.portWishes(wanted.counts));
  const wishes = portsFrom === undefined ? own : own.map((wish, index) => ({ ...wish, wanted: portsFrom + index }));
  const claimed = await claimPorts({
    wishes,
    kept: record === undefined ? {} : stillKept(record.ports, record.wantedPorts, own),
    own: new Set(
      running.flatMap(({ name, hostPorts = [] }) => [...Object.values(record?.ports[name] ?? {}), ...hostPorts]),
    ),
    mode,
    asked: wanted.asked,
    reserved: reservedPorts(await projectsThatAreUp(wanted.registry), identity.id),
  });
  return {
    ...claimed,
    network: runtime.addressing === 'network' ? await network(wanted) : null,
  };
}

/** A project that is down keeps its ports only until another project asks for them. */
export async function projectsThatAreUp(registry: string): Promise<Registry> {
  const { projects, lost } = await readRegistry(registry);
  const states = await Promise.all(projects.map(stateOf));
  return { projects: projects.filter((_, index) => states[index] === 'up'), lost };
}

/** The networks of the other projects that are up, as far as their records can be read. */
async function networksOfOthers({ registry, project }: AllocateInput): Promise<readonly Network[]> {
  const { projects } = await readRegistry(registry);
  const others = projects.filter(({ id }) => id !== project.identity.id);
  const records = await Promise.all(
    others.map(({ folder, name }) => readRecord(projectPaths(folder, name)).catch((): undefined => undefined)),
  );
  return records.flatMap((record) => (record?.state === 'up' ? (record.network ?? []) : []));
}

/** Another project's record may be unreadable while the project runs: its ports count as used. */
async function stateOf({ id, folder, name }: RegistryEntry): Promise<'up' | 'down'> {
  try {
    const record = await readRecord(projectPaths(folder, name));
    return record?.id === id ? record.state : 'down';
  } catch (error) {
    if (error instanceof StackctlError) return 'up';
    throw error;
  }
}

async function network(wanted: AllocateInput): Promise<Network> {
  const { project, running, takenNetworks, joinNetwork } = wanted;
  const { identity, record, networkName } = project;
  const { id } = identity;
  const before = record?.network ?? undefined;
  const joined = joinNetwork && (await joinNetwork(before, await networksOfOthers(wanted)));
  if (joined !== undefined) return joined;
  if (before?.external === true && joinNetwork === undefined) return before;
  const kept = before?.external === true ? undefined : before;
  // What runs in it shows that it is there; to ask the Engine for all networks takes longer.
  if (kept !== undefined && running.some((instance) => instance.network === kept.name)) return kept;
  const taken = await takenNetworks();
  if (kept !== undefined && taken.names.get(kept.name) === id) return kept;
  const isFree = kept !== undefined && !taken.subnets.some((other) => overlaps(kept.subnet, other));
  return {
    name: pickNetworkName(networkName, id, taken.names),
    subnet: isFree ? kept.subnet : pickSubnet(id, taken.subnets),
  };
}

const LOCK_WAIT_MS = 30_000;

/**
 * Runs `use` while no other stackctl of this user allocates: two projects that come up at once must not choose the same
 * port. Held for the moment of the choice only.
 */
export async function whileAllocating<T>(
  registry: string,
  command: string,
  signal: AbortSignal,
  use: () => Promise<T>,
): Promise<T> {
  await makeFolder(registry, 0o700);
  const path = join(registry, 'allocation.lock');
  const release = await poll(() => tryLock(path, command), { everyMs: 50, signal: deadline(LOCK_WAIT_MS, signal) });
  try {
    return await use();
  } finally {
    await release();
  }
}

async function tryLock(path: string, command: string): Promise<(() => Promise<void>) | undefined> {
  try {
    return await takeLock(path, command);
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_LOCKED') return undefined;
    throw error;
  }
}
