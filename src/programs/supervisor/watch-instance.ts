import { performance } from 'node:perf_hooks';
import { isFrozen } from '../../lib/process-group.ts';
import { ageMs, aliveCheck, isAlive } from '../../lib/process-identity.ts';
import { act } from './act.ts';
import { remainingMs, remainingOnRecordMs } from './backoff.ts';
import { endUnrecorded } from './end-unrecorded.ts';
import { noticeEnd } from './notice-end.ts';
import { type InstanceFolders, readRecord } from './protocol/instance-files.ts';
import { type InstanceRecord, type InstanceRunState, NEVER_RAN } from './protocol/instance-record.ts';
import { runStateOf } from './protocol/recover.ts';
import { type Situation, transition } from './transition.ts';
import type { WatchContext, Watched } from './watched.ts';

/** An adopted server is no child of this process, so the kernel does not report its end. */
const CHECK_ADOPTED_EVERY_MS = 250;
/** While something is under way. */
const CHECK_OWN_EVERY_MS = 1000;
/** At rest the end of an own server and every change of the record send a wake-up: this is the fallback. */
const REST_MS = 30_000;

/** Watches over one instance, from its adoption until it is removed or the supervisor leaves. */
export async function watchInstance(folders: InstanceFolders, context: WatchContext): Promise<void> {
  const found = await readRecord(folders);
  const state = found === undefined ? NEVER_RAN : await runStateOf(folders, found);
  let watched = adopt(folders, state);
  let graceS = 0;
  while (!context.signal.aborted) {
    const record = await readRecord(folders);
    if (record === undefined) return endUnrecorded(watched, graceS, context);
    graceS = record.launch.stopGraceS;
    watched = await noticeEnd(watched, record);
    context.acted();
    const situation = situationOf(watched, record);
    const action = transition(situation);
    if (action === 'rest' && watched.state.applied === record.revision) {
      await untilNews(watched, context);
    } else if (action === 'wait') {
      await context.wakeUp.wait(Math.min(waitMs(situation), checkEveryMs(watched)));
    } else {
      watched = await act(action, watched, record, context);
      context.acted();
    }
  }
}

/** What another supervisor left behind, with its instants brought to the clock of this process. */
function adopt(folders: InstanceFolders, state: InstanceRunState): Watched {
  const { server, crashes, retryAtMs } = state;
  const now = performance.now();
  return {
    folders,
    state,
    killAtMs: undefined,
    retryAtMs: retryAtMs === undefined ? undefined : now + remainingOnRecordMs(retryAtMs, crashes, Date.now()),
    startedAtMs: server !== undefined && isAlive(server) ? now - ageMs(server) : undefined,
    exited: undefined,
  };
}

function situationOf({ state, killAtMs, retryAtMs }: Watched, record: InstanceRecord): Situation {
  return {
    wanted: record.wanted,
    isNewRequest: state.applied !== record.revision,
    server: presence(state),
    outdated: state.server?.configHash !== record.launch.configHash,
    killAtMs,
    retryAtMs,
    nowMs: performance.now(),
  };
}

function presence({ server, remains }: InstanceRunState): Situation['server'] {
  if (server === undefined || remains === 'nothing') return 'none';
  if (remains === 'leftovers' || !isAlive(server)) return 'leftovers';
  return isFrozen(server) ? 'paused' : 'running';
}

function waitMs({ killAtMs, retryAtMs, nowMs }: Situation): number {
  const until = Math.min(killAtMs ?? Number.POSITIVE_INFINITY, retryAtMs ?? Number.POSITIVE_INFINITY);
  return remainingMs(until, nowMs);
}

function checkEveryMs(watched: Watched): number {
  return isAdopted(watched) ? CHECK_ADOPTED_EVERY_MS : CHECK_OWN_EVERY_MS;
}

/** Returns when there may be something to do. */
async function untilNews(watched: Watched, { wakeUp }: WatchContext): Promise<void> {
  const { server } = watched.state;
  if (server === undefined || !isAdopted(watched)) return void (await wakeUp.wait(REST_MS));
  const isStillAlive = aliveCheck(server);
  // All adopted servers are checked at the same instants, so that this process wakes up once for all of them.
  const nextCheckMs = () => CHECK_ADOPTED_EVERY_MS - (performance.now() % CHECK_ADOPTED_EVERY_MS);
  while (!(await wakeUp.wait(nextCheckMs()))) if (!isStillAlive()) return;
}

function isAdopted({ state, exited }: Watched): boolean {
  return state.remains !== 'nothing' && exited === undefined;
}
