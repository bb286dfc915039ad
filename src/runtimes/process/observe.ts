import { defined } from '../../lib/defined.ts';
import { isFrozen } from '../../lib/process-group.ts';
import { isAlive } from '../../lib/process-identity.ts';
import { type InstanceFolders, readRecord } from '../../programs/supervisor/protocol/instance-files.ts';
import type { InstanceRecord, InstanceRunState } from '../../programs/supervisor/protocol/instance-record.ts';
import { runStateOf } from '../../programs/supervisor/protocol/recover.ts';
import type { InstanceState, ObservedExit, ObservedInstance } from '../../stack/contract/runtime.ts';

/**
 * What runs now: the files name the process, the process table says whether it is there.
 * @throws E_STATE_UNREADABLE
 */
export async function observeInstance(folders: InstanceFolders): Promise<ObservedInstance | undefined> {
  const record = await readRecord(folders);
  if (record === undefined) return undefined;
  const run = await runStateOf(folders, record);
  const state = stateOf(record, run);
  const alive = state === 'running' || state === 'paused';
  return {
    name: folders.name,
    state,
    pid: alive ? run.server?.pid : undefined,
    containerId: undefined,
    startedAt: run.server?.startedAt,
    ...defined({ logBytes: run.server?.logBytes }),
    configHash: run.server?.configHash,
    restarts: run.restarts,
    lastExit: alive ? run.exits.at(-1) : lastExit(run),
    partitioned: false,
  };
}

/** When a server ended together with its supervisor, how is not known: an older exit does not stand for it. */
function lastExit({ server, remains, exits }: InstanceRunState): ObservedExit | undefined {
  const unseen = server !== undefined && remains === 'server';
  return unseen ? { at: new Date().toISOString(), code: undefined, signal: undefined } : exits.at(-1);
}

function stateOf(record: InstanceRecord, { server, applied }: InstanceRunState): InstanceState {
  if (server !== undefined && isAlive(server)) return isFrozen(server) ? 'paused' : 'running';
  const cameUpBefore = applied === record.revision;
  return record.wanted === 'running' && cameUpBefore ? 'restarting' : 'stopped';
}
