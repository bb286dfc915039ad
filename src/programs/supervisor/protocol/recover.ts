import { existsSync } from 'node:fs';
import { leadersIn } from '../../../lib/leaders-in.ts';
import { type InstanceFolders, isUnreadable, knownRunState } from './instance-files.ts';
import { type InstanceRecord, type InstanceRunState, NEVER_RAN } from './instance-record.ts';

/**
 * What is known of an instance. Where its state file is lost or broken, the server that works in its folder is taken
 * for the instance's own: without a record of it, no command would ever end it.
 * @throws E_STATE_UNREADABLE for a broken file where servers cannot be found by their folder.
 */
export async function runStateOf(folders: InstanceFolders, record: InstanceRecord): Promise<InstanceRunState> {
  return (await wholeState(folders)) ?? recovered(folders, record);
}

/** Configuration hash of a server that only its record names, because its state file is lost; undefined when that is there. */
export async function hashOfLost(folders: InstanceFolders, record: InstanceRecord): Promise<string | undefined> {
  if ((await wholeState(folders)) !== undefined) return undefined;
  return recovered(folders, record).server?.configHash;
}

async function wholeState(folders: InstanceFolders): Promise<InstanceRunState | undefined> {
  try {
    return await knownRunState(folders);
  } catch (error) {
    if (!isUnreadable(error) || process.platform !== 'linux') throw error;
    return undefined;
  }
}

function recovered(folders: InstanceFolders, record: InstanceRecord): InstanceRunState {
  // A server logs from its first moment on. To look at every process of the machine takes longer than most starts.
  if (!existsSync(folders.log)) return NEVER_RAN;
  const leader = leadersIn(folders.root)?.[0];
  if (leader === undefined) return NEVER_RAN;
  const configHash = record.adopts ?? record.launch.configHash;
  return { ...NEVER_RAN, server: { ...leader, configHash }, remains: 'server' };
}
