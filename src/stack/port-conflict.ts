import { StackctlError } from '../errors.ts';
import type { PortConflict, PortMode, PortOwner } from './ports.ts';

/** E_PORT_IN_USE naming every port, who holds it and what to do. */
export function portConflictError(conflicts: readonly PortConflict[], mode: PortMode): StackctlError {
  const lines = conflicts.map(
    ({ instance, port, owner }) => `port ${port} (${instance}) is held by ${formatOwner(owner)}`,
  );
  return new StackctlError('E_PORT_IN_USE', lines.join('\n'), {
    hint: hintFor(conflicts, mode),
    details: { conflicts },
  });
}

/** `redis-server *:6379 (pid 812)`, `another stackctl project (cache-1f2e3d)`. */
export function formatOwner(owner: PortOwner): string {
  if (owner.type === 'project') return `another stackctl project (${owner.id})`;
  if (owner.closing === true) return 'a connection that was just closed; it is free within a minute';
  const who = owner.container === undefined ? owner.command : `container ${owner.container}`;
  const pid = owner.pid === undefined ? '' : ` (pid ${owner.pid})`;
  return who === undefined ? `a process that this user cannot see${pid}` : `${who}${pid}`;
}

function hintFor(conflicts: readonly PortConflict[], mode: PortMode): string {
  const pids = new Set(conflicts.flatMap(({ owner }) => (owner.type === 'stranger' ? (owner.pid ?? []) : [])));
  const move =
    mode === 'strict' ? 'leave out --ports strict or run: stackctl up --ports auto' : 'run: stackctl up --ports auto';
  const isClosing = conflicts.every(({ owner }) => owner.type === 'stranger' && owner.closing === true);
  if (isClosing) return `Wait a minute and run the same command again. To take other ports now, ${move}.`;
  const stop = pids.size === 0 ? 'stop what holds the ports' : `stop what holds them (pid ${[...pids].join(', ')})`;
  return `To take other ports, ${move}. To keep these, ${stop}.`;
}
