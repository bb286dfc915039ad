import { errorText } from '../../errors.ts';
import { deadline, isTimeout, poll } from '../../lib/poll.ts';
import { isFrozen, membersOf, signalMembers } from '../../lib/process-group.ts';
import { isAlive } from '../../lib/process-identity.ts';
import { backoffAfter } from './backoff.ts';
import { launchServer, type ServerExit } from './launch-server.ts';
import {
  deleteRunFiles,
  type InstanceFolders,
  type InstanceRecord,
  type InstanceRunState,
  writeRunState,
} from './protocol/instance-files.ts';
import type { Action } from './transition.ts';
import type { Attention } from './watch-instance.ts';

/** Time that the kernel gets to carry out SIGKILL, SIGSTOP and SIGCONT. */
const SIGNAL_DEADLINE_MS = 5000;

export interface Attended {
  readonly folders: InstanceFolders;
  readonly state: InstanceRunState;
  /** By `performance.now()`, like the other times here: the time of day may be set while something waits. */
  readonly killAtMs: number | undefined;
  readonly retryAtMs: number | undefined;
  /** When the server was started; undefined for one that was over before this supervisor came. */
  readonly startedAtMs: number | undefined;
  /** Of a server that this supervisor started itself. */
  readonly exited: Promise<ServerExit> | undefined;
}

/** Takes one step. What it could not do is in the state's `error`, for the command that waits. */
export async function act(
  action: Exclude<Action, 'wait'>,
  attended: Attended,
  record: InstanceRecord,
  attention: Attention,
): Promise<Attended> {
  switch (action) {
    case 'start':
      return start(attended, record, attention);
    case 'terminate':
      return terminate(attended, record);
    case 'kill':
      return signalAndWait(attended, record, 'SIGKILL', ({ server }) => membersOf(server).length === 0);
    case 'pause':
      return signalAndWait(attended, record, 'SIGSTOP', ({ server }) => membersOf(server).every((it) => it.stopped));
    case 'resume':
      return signalAndWait(attended, record, 'SIGCONT', ({ server }) => !isFrozen(server));
    case 'remove':
      await deleteRunFiles(attended.folders);
      return attended;
    case 'settle':
      return apply({ ...attended, killAtMs: undefined }, record, { error: undefined });
  }
}

async function start(attended: Attended, record: InstanceRecord, { bell, tell }: Attention): Promise<Attended> {
  const { folders, state } = attended;
  const asked = state.applied !== record.revision;
  const restarts = asked ? 0 : state.restarts + 1;
  const crashes = asked ? 0 : state.crashes;
  const started: InstanceRunState = { ...state, restarts, crashes, retryAtMs: undefined, error: undefined };
  try {
    const { server, exited } = await launchServer(folders, record.launch, (born) =>
      writeRunState(folders, { ...started, server: born, remains: 'server' }),
    );
    exited.then(() => bell.ring());
    const born = {
      ...attended,
      state: { ...started, server, remains: 'server' as const },
      killAtMs: undefined,
      retryAtMs: undefined,
      startedAtMs: performance.now(),
      exited,
    };
    return apply(born, record, {});
  } catch (error) {
    tell(`${folders.name} did not start: ${errorText(error)}`);
    const failed = backoffAfter(crashes, 0);
    const change = { restarts, crashes: failed.crashes, remains: 'nothing' as const, error: errorText(error) };
    const waiting = { ...attended, killAtMs: undefined, exited: undefined, startedAtMs: undefined };
    return apply({ ...waiting, retryAtMs: performance.now() + failed.delayMs }, record, {
      ...change,
      retryAtMs: Date.now() + failed.delayMs,
    });
  }
}

/** SIGTERM, or what the server asks for, to the server alone, as a container's first process gets it; a frozen one has to wake up to end. */
function terminate(attended: Attended, { launch }: InstanceRecord): Attended {
  const { server } = attended.state;
  if (server !== undefined && isAlive(server)) {
    process.kill(server.pid, launch.stopSignal ?? 'SIGTERM');
    signalMembers(server, 'SIGCONT');
  } else if (server !== undefined) {
    signalMembers(server, 'SIGTERM');
  }
  return { ...attended, killAtMs: performance.now() + launch.stopGraceS * 1000 };
}

async function signalAndWait(
  attended: Attended,
  record: InstanceRecord,
  signal: NodeJS.Signals,
  effective: (state: { readonly server: NonNullable<InstanceRunState['server']> }) => boolean,
): Promise<Attended> {
  const { server } = attended.state;
  if (server === undefined) return attended;
  signalMembers(server, signal);
  try {
    const options = { everyMs: 2, signal: deadline(SIGNAL_DEADLINE_MS) };
    await poll(() => (effective({ server }) ? true : undefined), options);
    return attended;
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const text = `${signal} has no effect on pid ${server.pid} after ${SIGNAL_DEADLINE_MS / 1000} s`;
    return apply(attended, record, { error: text });
  }
}

async function apply(attended: Attended, record: InstanceRecord, change: Partial<InstanceRunState>): Promise<Attended> {
  const state = { ...attended.state, ...change, applied: record.revision };
  await writeRunState(attended.folders, state);
  return { ...attended, state };
}
