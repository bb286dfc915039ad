import { pollFor } from './poll.ts';
import { membersOf, signalMembers } from './process-group.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** Time that the kernel gets to carry out SIGKILL. */
const KILL_MS = 5000;

/**
 * Ends a process with all of its group and session: SIGTERM, after the grace time SIGKILL. For servers that no record
 * names; the supervisor ends the others step by step.
 * @returns false when something of it is still there.
 */
export async function endGroup(leader: ProcessIdentity, graceS: number): Promise<boolean> {
  signalMembers(leader, 'SIGTERM');
  signalMembers(leader, 'SIGCONT');
  if (await isGoneWithin(leader, graceS * 1000)) return true;
  signalMembers(leader, 'SIGKILL');
  return isGoneWithin(leader, KILL_MS);
}

async function isGoneWithin(leader: ProcessIdentity, ms: number): Promise<boolean> {
  const gone = () => (membersOf(leader).length === 0 ? true : undefined);
  return (await pollFor(ms, gone, { everyMs: 50 })) === true;
}
