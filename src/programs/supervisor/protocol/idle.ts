import { listFolders, readRunState, recordOrUnreadable } from './instance-files.ts';
import type { InstanceRecord, InstanceRunState } from './instance-record.ts';

/** The project needs no supervisor. */
export async function isAllIdle(instances: string): Promise<boolean> {
  for (const folders of await listFolders(instances)) {
    const record = await recordOrUnreadable(folders);
    if (record === 'unreadable') return false; // a server may run that it was about
    if (record !== undefined && !isIdle(record, await readRunState(folders))) return false;
  }
  return true;
}

/** Nothing of this instance runs, nothing should, and what was asked for was done: it needs no supervisor. */
export function isIdle(record: InstanceRecord, state: InstanceRunState): boolean {
  const down = record.wanted === 'stopped' || record.wanted === 'killed';
  return down && state.applied === record.revision && state.remains === 'nothing';
}
