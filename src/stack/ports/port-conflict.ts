import { StackctlError } from '../../errors.ts';
import type { PortConflict, PortMode, PortMove, PortOwner, PortUser } from './ports.ts';

/**
 * E_PORT_IN_USE naming every port, who holds it and what to do.
 * @param counts service -> number of instances that the command asks for; the advised command has the same numbers.
 */
export function portConflictError(
  conflicts: readonly PortConflict[],
  mode: PortMode,
  counts: Readonly<Record<string, number>> = {},
): StackctlError {
  const lines = conflicts.map(
    ({ instance, port, owner }) => `port ${port} (${instance}) is held by ${formatOwner(owner)}`,
  );
  return new StackctlError('E_PORT_IN_USE', lines.join('\n'), {
    hint: hintFor(conflicts, mode, counts),
    details: { conflicts },
  });
}

/** One line about a port that is not the one that was asked for. */
export function moveText({ instance, name, from, to, because }: PortMove): string {
  if (because === undefined)
    return `${instance}: ${name} port ${to} instead of ${from}, beside the service's other ports`;
  const owner = formatOwner(because.owner);
  if (because.port === from) return `${instance}: ${name} port ${from} is held by ${owner}, ${to} is used instead`;
  return `${instance}: ${name} port ${to} instead of ${from}, beside the service's other ports: ${because.port} is held by ${owner}`;
}

/** `redis-server *:6379 (pid 812)`, `the project cache of /home/me/shop (redis-server *:6379, pid 812)`. */
export function formatOwner(owner: PortOwner): string {
  if (owner.type === 'stranger') return formatUser(owner);
  const project = `the project ${owner.name} of ${owner.folder}`;
  const { holder } = owner;
  if (holder === undefined) return `${project} (nothing listens there now)`;
  if (holder.closing === true || holder.pid === undefined) return project;
  return `${project} (${[holder.container ?? holder.command, `pid ${holder.pid}`].filter(Boolean).join(', ')})`;
}

function formatUser({ closing, container, command, pid }: PortUser): string {
  if (closing === true) return 'a connection that was just closed; it is free within a minute';
  const who = container === undefined ? command : `container ${container}`;
  const number = pid === undefined ? '' : ` (pid ${pid})`;
  return who === undefined ? `a process that this user cannot see${number}` : `${who}${number}`;
}

function hintFor(conflicts: readonly PortConflict[], mode: PortMode, counts: Readonly<Record<string, number>>): string {
  const pids = new Set(conflicts.flatMap(({ owner }) => (owner.type === 'stranger' ? (owner.pid ?? []) : [])));
  const scale = Object.entries(counts).map(([service, count]) => ` --scale ${service}=${count}`);
  const up = `run: stackctl up${scale.join('')} --ports auto`;
  const move = mode === 'strict' ? `leave out --ports strict or ${up}` : up;
  const isClosing = conflicts.every(({ owner }) => owner.type === 'stranger' && owner.closing === true);
  if (isClosing) return `Wait a minute and run the same command again. To take other ports now, ${move}.`;
  const stop = pids.size === 0 ? 'stop what holds the ports' : `stop what holds them (pid ${[...pids].join(', ')})`;
  return `To take other ports, ${move}. To keep these, ${stop}.`;
}
