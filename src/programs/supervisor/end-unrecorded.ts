import { endGroup } from '../../lib/end-group.ts';
import { membersOf } from '../../lib/process-group.ts';
import type { WatchContext, Watched } from './watched.ts';

/**
 * Ends the server of an instance whose folder was deleted while the server ran: no command can find that server any more.
 * Does nothing for an instance that a command removed.
 */
export async function endUnrecorded({ folders, state }: Watched, graceS: number, { log }: WatchContext): Promise<void> {
  const { server, remains } = state;
  if (server === undefined || remains === 'nothing' || membersOf(server).length === 0) return;
  log(`${folders.name}: its folder was deleted, ending pid ${server.pid}`);
  if (!(await endGroup(server, graceS))) log(`${folders.name}: pid ${server.pid} does not end`);
}
