import { openMonitor } from '../../../clients/redis/monitor.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { OpenRecorder } from '../../../stack/contract/record.ts';
import { memberTarget } from '../group.ts';
import { findMaster, TIMEOUT_MS } from './master.ts';

/** What the master that the Sentinels name is told; it ends when another one becomes the master. @throws E_NOT_READY */
export async function openRecord(input: ServiceInput): Promise<OpenRecorder> {
  const master = await findMaster(input);
  return openMonitor(memberTarget(input, master, TIMEOUT_MS), master.name);
}
