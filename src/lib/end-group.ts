import { deadline, isTimeout, poll } from './poll.ts';
import { membersOf, signalMembers } from './process-group.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** Time that the kernel gets to carry out SIGKILL. */
const KILL_MS = 5000;

/** Ends a server that has no record (any more), with its children: SIGTERM, after the grace time SIGKILL. False: it is still there. */
export async function endServer(server: ProcessIdentity, graceS: number): Promise<boolean> {
  signalMembers(server, 'SIGTERM');
  signalMembers(server, 'SIGCONT');
  if (await isGoneWithin(server, graceS * 1000)) return true;
  signalMembers(server, 'SIGKILL');
  return isGoneWithin(server, KILL_MS);
}

async function isGoneWithin(server: ProcessIdentity, ms: number): Promise<boolean> {
  try {
    const gone = () => (membersOf(server).length === 0 ? true : undefined);
    return await poll(gone, { everyMs: 50, signal: deadline(ms) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return false;
  }
}
