import { portHolder } from '../../lib/port-owner.ts';
import { allocatePorts } from './allocate.ts';
import { portConflictError } from './port-conflict.ts';
import type { PortMove, PortOwner, PortsInput, PortTable, PortUser, ProjectName } from './ports.ts';

export interface ClaimInput extends Omit<PortsInput, 'taken'> {
  /** Ports of this user's other projects, running or not. */
  readonly reserved: ReadonlyMap<number, ProjectName>;
  /** Service -> number of instances that the command asks for, see portConflictError. */
  readonly asked?: Readonly<Record<string, number>>;
  /** Who listens on a port of the host; undefined: no program. */
  readonly lookUp?: (port: number) => Promise<PortUser | undefined>;
}

export interface ClaimedPorts {
  readonly ports: PortTable;
  readonly moves: readonly PortMove[];
}

/**
 * Allocates ports that no program listens on. Only the ports that would be used are tried, and what is found there is
 * remembered, so every round either ends or knows more.
 * @throws E_PORT_IN_USE with all conflicts and their owners, E_NO_FREE_PORT.
 */
export async function claimPorts({
  reserved,
  asked,
  lookUp = portHolder,
  ...input
}: ClaimInput): Promise<ClaimedPorts> {
  const taken = new Map<number, PortOwner>(
    [...reserved].map(([port, project]) => [port, { type: 'project', ...project }]),
  );
  const tried = new Set<number>(input.own);
  await lookUpPorts(firstChoices(input), { taken, tried, lookUp });
  for (;;) {
    const allocation = allocatePorts({ ...input, taken });
    if (allocation.type === 'conflicts') throw portConflictError(allocation.conflicts, input.mode, asked);
    const ports = Object.values(allocation.ports).flatMap((byName) => Object.values(byName));
    const foundNothing = await lookUpPorts(ports, { taken, tried, lookUp });
    if (foundNothing) return allocation;
  }
}

function firstChoices({ wishes, kept }: Pick<ClaimInput, 'wishes' | 'kept'>): readonly number[] {
  return wishes.map(({ instance, name, wanted }) => kept[instance]?.[name] ?? wanted);
}

interface Knowledge {
  readonly taken: Map<number, PortOwner>;
  readonly tried: Set<number>;
  readonly lookUp: NonNullable<ClaimInput['lookUp']>;
}

/** @returns whether all of these ports are free. */
async function lookUpPorts(ports: readonly number[], { taken, tried, lookUp }: Knowledge): Promise<boolean> {
  const fresh = ports.filter((port) => !tried.has(port));
  const holders = await Promise.all(fresh.map(async (port) => ({ port, holder: await lookUp(port) })));
  for (const { port, holder } of holders) {
    tried.add(port);
    if (holder === undefined) continue;
    const owner = taken.get(port);
    taken.set(port, owner?.type === 'project' ? { ...owner, holder } : { type: 'stranger', ...holder });
  }
  return holders.every(({ holder }) => holder === undefined);
}
