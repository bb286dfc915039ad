import { StackctlError } from '../../errors.ts';
import type { PortAllocation, PortMode, PortMove, PortOwner, PortsInput, PortTable, PortWish } from './ports.ts';

/**
 * Gives every wish a port of its own. The ports of a service that have to move go to the next free block together; a
 * kept port that is still free stays where it is.
 * @throws E_NO_FREE_PORT when the numbers run out.
 */
export function allocatePorts(input: PortsInput): PortAllocation {
  const seats = keepReplicasTogether(
    input.wishes.map((wish) => seat(wish, input)),
    input,
  );
  const conflicts = seats.flatMap(({ wish, port, owner }) =>
    owner !== undefined && !mayMove(wish, owner, input.mode)
      ? [{ instance: wish.instance, name: wish.name, port, owner }]
      : [],
  );
  if (conflicts.length > 0) return { type: 'conflicts', conflicts };
  return { type: 'allocated', ...assignPorts(seats, input) };
}

interface Seat {
  readonly wish: PortWish;
  /** The kept port, or the wanted one. */
  readonly port: number;
  readonly isKept: boolean;
  /** Who has that port. */
  readonly owner: PortOwner | undefined;
}

function seat(wish: PortWish, { kept, taken, own }: PortsInput): Seat {
  const before = kept[wish.instance]?.[wish.name];
  const port = before ?? wish.wanted;
  return { wish, port, isKept: before !== undefined, owner: own?.has(port) ? undefined : taken.get(port) };
}

/** The ports of replicas stay where they are as one block; otherwise the block moves as a whole, from the wanted ports on. */
function keepReplicasTogether(seats: readonly Seat[], input: PortsInput): readonly Seat[] {
  const isSettled = ([first, ...others]: readonly [Seat, ...Seat[]]): boolean =>
    [first, ...others].every(
      ({ isKept, owner, port }, index) => isKept && owner === undefined && port === first.port + index,
    );
  const replicas = groups(seats.filter(({ wish }) => wish.ofReplica === true));
  const mustMove = new Set<Seat>(replicas.filter((group) => !isSettled(group)).flat());
  return seats.map((one) => (mustMove.has(one) ? seat(one.wish, { ...input, kept: {} }) : one));
}

function mayMove({ ofReplica }: PortWish, owner: PortOwner, mode: PortMode): boolean {
  return mode === 'auto' || (mode === 'default' && (owner.type === 'project' || ofReplica === true));
}

function assignPorts(seats: readonly Seat[], input: PortsInput): { ports: PortTable; moves: readonly PortMove[] } {
  const used = new Set(seats.filter(({ isKept, owner }) => isKept && owner === undefined).map(({ port }) => port));
  // A port that some instance wants and can have is not given to another one that has to move.
  const claimed = new Set(seats.filter(({ owner }) => owner === undefined).map(({ port }) => port));
  const isFree = (port: number) => !used.has(port) && !(input.taken.has(port) && input.own?.has(port) !== true);
  const chosen = new Map<Seat, number>(
    seats.filter(({ isKept, owner }) => isKept && owner === undefined).map((one) => [one, one.port]),
  );
  for (const group of groups(seats.filter((one) => !chosen.has(one)))) {
    const stays = group.every(({ owner, port }) => owner === undefined && isFree(port));
    const ports = stays
      ? group.map(({ port }) => port)
      : nextBlock(group, (port) => isFree(port) && !claimed.has(port));
    for (const [index, one] of group.entries()) {
      const port = ports[index] ?? one.port;
      chosen.set(one, port);
      used.add(port);
    }
  }
  return { ports: tableOf(seats, chosen), moves: movesOf(seats, chosen) };
}

/** Seats of the same port name of the same service. */
function groups(seats: readonly Seat[]): readonly (readonly [Seat, ...Seat[]])[] {
  const found = new Map<string, [Seat, ...Seat[]]>();
  for (const one of seats) {
    const key = `${one.wish.service}.${one.wish.name}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return [...found.values()];
}

function nextBlock(group: readonly [Seat, ...Seat[]], isFree: (port: number) => boolean): readonly number[] {
  const lowest = Math.min(...group.map(({ port }) => port));
  for (let base = lowest; base + group.length - 1 <= 65_535; base++) {
    const block = group.map((_, index) => base + index);
    if (block.every(isFree)) return block;
  }
  const [{ wish }] = group;
  throw new StackctlError(
    'E_NO_FREE_PORT',
    `no ${group.length} free ports in a row from ${lowest} on for service ${wish.service}`,
    {
      hint: 'Choose a lower first port with --set, or stop projects that you no longer need: stackctl ls.',
      details: { service: wish.service, from: lowest, count: group.length },
    },
  );
}

function tableOf(seats: readonly Seat[], chosen: ReadonlyMap<Seat, number>): PortTable {
  const table: Record<string, Record<string, number>> = {};
  for (const one of seats) {
    const { instance, name } = one.wish;
    table[instance] = { ...table[instance], [name]: chosen.get(one) ?? one.port };
  }
  return table;
}

function movesOf(seats: readonly Seat[], chosen: ReadonlyMap<Seat, number>): readonly PortMove[] {
  return groups(seats).flatMap((group) => {
    const obstacles = group.map(({ owner, port, wish }) => ({ port, owner: owner ?? neighbourOn(port, wish, chosen) }));
    const known = obstacles.flatMap(({ port, owner }) => (owner === undefined ? [] : [{ port, owner }]));
    return group.flatMap((one) => {
      const to = chosen.get(one) ?? one.port;
      const { instance, name } = one.wish;
      const because = known.find(({ port }) => port === one.port) ?? known[0];
      return to === one.port ? [] : [{ instance, name, from: one.port, to, because }];
    });
  });
}

/** A kept port of one service can be the wanted port of another. */
function neighbourOn(port: number, { instance }: PortWish, chosen: ReadonlyMap<Seat, number>): PortOwner | undefined {
  const found = [...chosen].find(([{ wish }, taken]) => taken === port && wish.instance !== instance);
  return found && { type: 'stranger', command: `${found[0].wish.instance} of this project` };
}
