import { isFrozen } from '../../lib/process-group.ts';
import { ageMs, isAlive } from '../../lib/process-identity.ts';
import { type Attended, act } from './act.ts';
import { remainingMs, remainingOnRecordMs } from './backoff.ts';
import { endOrphan } from './end-unrecorded.ts';
import { noticeEnd } from './notice-end.ts';
import {
  type InstanceFolders,
  type InstanceRecord,
  type InstanceRunState,
  NEVER_RAN,
  readRecord,
} from './protocol/instance-files.ts';
import { runStateOf } from './protocol/recover.ts';
import { type Situation, transition } from './transition.ts';
import type { Bell } from './wake-up.ts';

/** Requests and the end of an own child ring the bell; an adopted server ends without a sound. */
const LOOK_EVERY_MS = { own: 1000, adopted: 250 };

export interface Attention {
  readonly bell: Bell;
  /** The supervisor leaves; servers stay. */
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

/** Looks after one instance, from adoption until it is removed or the supervisor leaves. */
export async function attend(folders: InstanceFolders, attention: Attention): Promise<void> {
  const found = await readRecord(folders);
  const state = found === undefined ? NEVER_RAN : await runStateOf(folders, found);
  let attended = adopt(folders, state);
  let graceS = 0;
  while (!attention.signal.aborted) {
    const record = await readRecord(folders);
    if (record === undefined) return endOrphan(attended, graceS, attention);
    graceS = record.launch.stopGraceS;
    attended = await noticeEnd(attended, record);
    const situation = situationOf(attended, record);
    const action = transition(situation);
    if (action === 'settle' && attended.state.applied === record.revision) {
      await attention.bell.wait(lookEveryMs(attended));
    } else if (action === 'wait') {
      await attention.bell.wait(Math.min(waitMs(situation), lookEveryMs(attended)));
    } else {
      attended = await act(action, attended, record, attention);
    }
  }
}

/** What another supervisor has left, with its instants brought to this one's clock. */
function adopt(folders: InstanceFolders, state: InstanceRunState): Attended {
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

function situationOf({ state, killAtMs, retryAtMs }: Attended, record: InstanceRecord): Situation {
  return {
    wanted: record.wanted,
    fresh: state.applied !== record.revision,
    server: presence(state),
    outdated: state.server?.configHash !== record.launch.configHash,
    killAtMs,
    retryAtMs,
    nowMs: performance.now(),
  };
}

function presence({ server, remains }: Attended['state']): Situation['server'] {
  if (server === undefined || remains === 'nothing') return 'none';
  if (remains === 'leftovers' || !isAlive(server)) return 'leftovers';
  return isFrozen(server) ? 'paused' : 'running';
}

function waitMs({ killAtMs, retryAtMs, nowMs }: Situation): number {
  const until = Math.min(killAtMs ?? Number.POSITIVE_INFINITY, retryAtMs ?? Number.POSITIVE_INFINITY);
  return remainingMs(until, nowMs);
}

function lookEveryMs({ state, exited }: Attended): number {
  return state.remains !== 'nothing' && exited === undefined ? LOOK_EVERY_MS.adopted : LOOK_EVERY_MS.own;
}
