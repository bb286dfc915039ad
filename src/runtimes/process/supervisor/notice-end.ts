import { isAlive } from '../../../lib/process-identity.ts';
import { type Backoff, backoffAfter } from '../backoff.ts';
import { type InstanceRecord, type InstanceRunState, type RunningServer, writeRunState } from '../instance-files.ts';
import { membersOf, signalMembers } from '../process-group.ts';
import type { Attended } from './act.ts';
import type { ServerExit } from './launch-server.ts';

const EXITS_KEPT = 20;
/** An adopted server is not a child: nobody can wait for it. */
const UNKNOWN: ServerExit = { code: undefined, signal: undefined };

/** Writes down that a server ended since the last look, and when to start it again if nobody wanted that. */
export async function noticeEnd(attended: Attended, record: InstanceRecord): Promise<Attended> {
  const { server, remains } = attended.state;
  if (server === undefined || remains === 'nothing') return attended;
  if (remains === 'server' && isAlive(server)) return attended;
  const left = membersOf(server).length > 0 ? 'leftovers' : 'nothing';
  if (remains === 'leftovers') return left === 'leftovers' ? attended : remember(attended, { remains: left });
  // The server told its children to end, or forgot to: they get the rest of its grace time.
  if (left === 'leftovers' && attended.killAtMs !== undefined) signalMembers(server, 'SIGTERM');
  const exit = (await attended.exited) ?? UNKNOWN;
  const crashed = record.wanted === 'running' && attended.killAtMs === undefined;
  return remember(
    { ...attended, exited: undefined },
    {
      remains: left,
      exits: [...attended.state.exits, { at: new Date().toISOString(), ...exit }].slice(-EXITS_KEPT),
      ...(crashed ? retry(attended.state, server) : {}),
    },
  );
}

async function remember(attended: Attended, change: Partial<InstanceRunState>): Promise<Attended> {
  const state = { ...attended.state, ...change };
  await writeRunState(attended.folders, state);
  return { ...attended, state };
}

function retry(state: InstanceRunState, server: RunningServer): Partial<InstanceRunState> {
  const now = Date.now();
  const { crashes, delayMs }: Backoff = backoffAfter(state.crashes, now - Date.parse(server.startedAt));
  return { crashes, retryAtMs: now + delayMs };
}
