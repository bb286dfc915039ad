import { listenerAmong, ownerOf } from '../../lib/port-owner.ts';
import { membersOf } from '../../lib/process-group.ts';
import { runStateOf } from '../../programs/supervisor/protocol/recover.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import { existing } from './existing.ts';

/**
 * Local processes share their ports with everybody: what answers there may be a server that was quicker, while the
 * instance's own is about to end for want of the port.
 * @returns who has one of these ports in the place of the instance, in words; undefined: nobody that can be seen.
 */
export async function strangerAt(
  input: RuntimeInput,
  name: string,
  ports: readonly number[],
): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { folders, record } = await existing(input, name);
  const { server } = await runStateOf(folders, record);
  if (server === undefined) return undefined;
  for (const port of ports) {
    // Nearly always its first process has it; to find the others takes a look at all processes.
    if (listenerAmong(port, [server.pid]) !== undefined) continue;
    const own = membersOf(server).map(({ pid }) => pid);
    if (listenerAmong(port, own) !== undefined) continue;
    const { pid, command } = (await ownerOf(port)) ?? {};
    // Not to be seen: it may be the instance's own, under another user.
    if (pid !== undefined && !own.includes(pid))
      return `port ${port} is held by ${command ?? 'a process'} (pid ${pid}), and not by it`;
  }
  return undefined;
}
