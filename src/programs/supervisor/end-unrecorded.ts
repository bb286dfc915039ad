import { endServer } from '../../lib/end-group.ts';
import { membersOf } from '../../lib/process-group.ts';
import type { Attended } from './act.ts';
import type { Attention } from './watch-instance.ts';

/**
 * Somebody deleted the instance's folder under its running server. No command can find the server any more, so it ends
 * here. Does nothing for an instance that was removed in the regular way.
 */
export async function endOrphan({ folders, state }: Attended, graceS: number, { tell }: Attention): Promise<void> {
  const { server, remains } = state;
  if (server === undefined || remains === 'nothing' || membersOf(server).length === 0) return;
  tell(`${folders.name}: its folder was deleted, ending pid ${server.pid}`);
  if (!(await endServer(server, graceS))) tell(`${folders.name}: pid ${server.pid} does not end`);
}
