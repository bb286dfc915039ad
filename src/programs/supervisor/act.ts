import { performance } from 'node:perf_hooks';
import { errorText } from '../../errors.ts';
import { deadline, isTimeout, poll } from '../../lib/poll.ts';
import { isFrozen, membersOf, signalMembers } from '../../lib/process-group.ts';
import { isAlive } from '../../lib/process-identity.ts';
import { backoffAfter } from './backoff.ts';
import { launchServer } from './launch-server.ts';
import { deleteRunFiles, writeRunState } from './protocol/instance-files.ts';
import type { InstanceRecord, InstanceRunState, RunningServer } from './protocol/instance-record.ts';
import type { Action } from './transition.ts';
import type { WatchContext, Watched } from './watched.ts';

/** Time that the kernel gets to carry out SIGKILL, SIGSTOP and SIGCONT. */
const SIGNAL_DEADLINE_MS = 5000;

/** Takes one step. When it fails, the reason is in the state's `error`, for the command that waits. */
export async function act(
  action: Exclude<Action, 'wait'>,
  watched: Watched,
  record: InstanceRecord,
  context: WatchContext,
): Promise<Watched> {
  switch (action) {
    case 'start':
      return start(watched, record, context);
    case 'terminate':
      return terminate(watched, record);
    case 'kill':
      return signalAndWait(watched, record, 'SIGKILL', (server) => membersOf(server).length === 0);
    case 'pause':
      return signalAndWait(watched, record, 'SIGSTOP', (server) => membersOf(server).every((it) => it.stopped));
    case 'resume':
      return signalAndWait(watched, record, 'SIGCONT', (server) => !isFrozen(server));
    case 'remove':
      await deleteRunFiles(watched.folders);
      return watched;
    case 'rest':
      return apply({ ...watched, killAtMs: undefined }, record, { error: undefined });
  }
}

async function start(watched: Watched, record: InstanceRecord, context: WatchContext): Promise<Watched> {
  const { wakeUp, log } = context;
  const { folders, state } = watched;
  const isRequested = state.applied !== record.revision;
  const restarts = isRequested ? 0 : state.restarts + 1;
  const crashes = isRequested ? 0 : state.crashes;
  const before: InstanceRunState = { ...state, restarts, crashes, retryAtMs: undefined, error: undefined };
  try {
    const noted = (launched: RunningServer): Promise<void> =>
      writeRunState(folders, { ...before, server: launched, remains: 'server' });
    const { server, exited } = await launchServer(folders, record.launch, noted, context);
    exited.then(() => wakeUp.send());
    return apply(
      {
        ...watched,
        state: { ...before, server, remains: 'server' },
        killAtMs: undefined,
        retryAtMs: undefined,
        startedAtMs: performance.now(),
        exited,
      },
      record,
      {},
    );
  } catch (error) {
    log(`${folders.name} did not start: ${errorText(error)}`);
    const backoff = backoffAfter(crashes, 0);
    const retryAtMs = performance.now() + backoff.delayMs;
    return apply({ ...watched, killAtMs: undefined, exited: undefined, startedAtMs: undefined, retryAtMs }, record, {
      restarts,
      crashes: backoff.crashes,
      remains: 'nothing',
      error: errorText(error),
      retryAtMs: Date.now() + backoff.delayMs,
    });
  }
}

/**
 * Sends SIGTERM, or the signal that the server asks for, to the server alone, as a container's first process gets it. A
 * frozen server is thawed: it cannot end before.
 */
function terminate(watched: Watched, { launch }: InstanceRecord): Watched {
  const { server } = watched.state;
  if (server !== undefined && isAlive(server)) {
    process.kill(server.pid, launch.stopSignal ?? 'SIGTERM');
    signalMembers(server, 'SIGCONT');
  } else if (server !== undefined) {
    signalMembers(server, 'SIGTERM');
  }
  return { ...watched, killAtMs: performance.now() + launch.stopGraceS * 1000 };
}

async function signalAndWait(
  watched: Watched,
  record: InstanceRecord,
  signal: NodeJS.Signals,
  hasEffect: (server: RunningServer) => boolean,
): Promise<Watched> {
  const { server } = watched.state;
  if (server === undefined) return watched;
  signalMembers(server, signal);
  try {
    await poll(() => hasEffect(server) || undefined, { everyMs: 2, signal: deadline(SIGNAL_DEADLINE_MS) });
    return watched;
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const text = `${signal} has no effect on pid ${server.pid} after ${SIGNAL_DEADLINE_MS / 1000} s`;
    return apply(watched, record, { error: text });
  }
}

async function apply(watched: Watched, record: InstanceRecord, change: Partial<InstanceRunState>): Promise<Watched> {
  const state = { ...watched.state, ...change, applied: record.revision };
  await writeRunState(watched.folders, state);
  return { ...watched, state };
}
