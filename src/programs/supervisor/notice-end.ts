import { performance } from 'node:perf_hooks';
import { membersOf, signalMembers } from '../../lib/process-group.ts';
import { isAlive } from '../../lib/process-identity.ts';
import { type Backoff, backoffAfter } from './backoff.ts';
import { writeRunState } from './protocol/instance-files.ts';
import type { InstanceRecord, InstanceRunState } from './protocol/instance-record.ts';
import type { ServerExit, Watched } from './watched.ts';

const EXITS_KEPT = 20;
/** An adopted server is no child of this process: how it ended cannot be known. */
const UNKNOWN: ServerExit = { code: undefined, signal: undefined };

/** Records that a server has ended and, when no command wanted that, when to start it again. */
export async function noticeEnd(watched: Watched, record: InstanceRecord): Promise<Watched> {
  const { server, remains } = watched.state;
  if (server === undefined || remains === 'nothing') return watched;
  if (remains === 'server' && isAlive(server)) return watched;
  const left = membersOf(server).length > 0 ? 'leftovers' : 'nothing';
  if (remains === 'leftovers') return left === 'leftovers' ? watched : save(watched, { remains: left });
  // The server has ended without its children: they get the rest of its grace time.
  if (left === 'leftovers' && watched.killAtMs !== undefined) signalMembers(server, 'SIGTERM');
  const exit = (await watched.exited) ?? UNKNOWN;
  const crashed = record.wanted === 'running' && watched.killAtMs === undefined;
  const backoff = crashed ? backoffOf(watched) : undefined;
  const retryAtMs = backoff === undefined ? watched.retryAtMs : performance.now() + backoff.delayMs;
  return save(
    { ...watched, retryAtMs, startedAtMs: undefined, exited: undefined },
    {
      remains: left,
      exits: [...watched.state.exits, { at: new Date().toISOString(), ...exit }].slice(-EXITS_KEPT),
      ...(backoff === undefined ? {} : { crashes: backoff.crashes, retryAtMs: Date.now() + backoff.delayMs }),
    },
  );
}

async function save(watched: Watched, change: Partial<InstanceRunState>): Promise<Watched> {
  const state = { ...watched.state, ...change };
  await writeRunState(watched.folders, state);
  return { ...watched, state };
}

/** A server whose start this process did not see counts as one that crashed early. */
function backoffOf({ state, startedAtMs }: Watched): Backoff {
  return backoffAfter(state.crashes, startedAtMs === undefined ? 0 : performance.now() - startedAtMs);
}
