import { membersOf, signalMembers } from '../../lib/process-group.ts';
import { isAlive } from '../../lib/process-identity.ts';
import type { Attended } from './act.ts';
import { type Backoff, backoffAfter } from './backoff.ts';
import type { ServerExit } from './launch-server.ts';
import { type InstanceRecord, type InstanceRunState, writeRunState } from './protocol/instance-files.ts';

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
  const backoff = crashed ? backoffOf(attended) : undefined;
  const retryAtMs = backoff === undefined ? attended.retryAtMs : performance.now() + backoff.delayMs;
  return remember(
    { ...attended, retryAtMs, startedAtMs: undefined, exited: undefined },
    {
      remains: left,
      exits: [...attended.state.exits, { at: new Date().toISOString(), ...exit }].slice(-EXITS_KEPT),
      ...(backoff === undefined ? {} : { crashes: backoff.crashes, retryAtMs: Date.now() + backoff.delayMs }),
    },
  );
}

async function remember(attended: Attended, change: Partial<InstanceRunState>): Promise<Attended> {
  const state = { ...attended.state, ...change };
  await writeRunState(attended.folders, state);
  return { ...attended, state };
}

/** How long a server ran whose end nobody saw is not known: it then counts as one that crashed early. */
function backoffOf({ state, startedAtMs }: Attended): Backoff {
  return backoffAfter(state.crashes, startedAtMs === undefined ? 0 : performance.now() - startedAtMs);
}
