import { isAlive } from '../../lib/process-identity.ts';
import type { InstanceState, ObservedInstance } from '../../stack/runtime.ts';
import {
  type InstanceFolders,
  type InstanceRecord,
  type InstanceRunState,
  readRecord,
  readRunState,
} from './instance-files.ts';
import { isFrozen } from './process-group.ts';

/** What is true now: the files say what to look for, the process table says whether it is there. */
export async function observeInstance(folders: InstanceFolders): Promise<ObservedInstance | undefined> {
  const record = await readRecord(folders);
  if (record === undefined) return undefined;
  const run = await readRunState(folders);
  const state = stateOf(record, run);
  const alive = state === 'running' || state === 'paused';
  return {
    name: folders.name,
    state,
    pid: alive ? run.server?.pid : undefined,
    containerId: undefined,
    startedAt: run.server?.startedAt,
    configHash: run.server?.configHash,
    restarts: run.restarts,
    lastExit: run.exits.at(-1),
    partitioned: false,
  };
}

function stateOf(record: InstanceRecord, { server, applied }: InstanceRunState): InstanceState {
  if (server !== undefined && isAlive(server)) return isFrozen(server) ? 'paused' : 'running';
  const cameUpBefore = applied === record.revision;
  return record.wanted === 'running' && cameUpBefore ? 'restarting' : 'stopped';
}
