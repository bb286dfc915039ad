import { readdirSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import { type ProcStat, readProcStat } from './proc-stat.ts';
import { identify, isAlive, isOfThisBoot, type ProcessIdentity } from './process-identity.ts';

/** A live process (no zombie) of a group. */
export interface Member {
  readonly pid: number;
  readonly group: number;
  /** SIGSTOP has taken effect. */
  readonly stopped: boolean;
}

/**
 * The live processes of the group and session that `leader` made. Empty when its pid now belongs to another process. The
 * kernel does not reuse the number of a group while a process is left in it: members of a dead leader's group are its own.
 */
export function membersOf(leader: ProcessIdentity): readonly Member[] {
  const now = identify(leader.pid);
  if (now !== undefined && now.started !== leader.started) return [];
  if (!isOfThisBoot(leader)) return [];
  const all = process.platform === 'linux' ? processesOnLinux() : processesByPs();
  // `timeout` and shells with job control make groups of their own; they stay in the session.
  return all
    .filter(({ group, session, state }) => (group === leader.pid || session === leader.pid) && !state.startsWith('Z'))
    .map(({ pid, group, state }) => ({ pid, group, stopped: state.startsWith('T') }));
}

/** Sends a signal to what is left of the leader's group and session, also when the leader itself is dead. */
export function signalMembers(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  const members = membersOf(leader);
  if (members.some(({ group }) => group === leader.pid)) send(-leader.pid, signal);
  for (const { pid, group } of members) if (group !== leader.pid) send(pid, signal);
}

/** Ends a group of processes by the number of its leader, as far as there is one and it may be ended. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended, or they are somebody else's.
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** Whether exactly this process runs and is frozen (SIGSTOP). */
export function isFrozen(identity: ProcessIdentity): boolean {
  if (!isAlive(identity)) return false;
  return (stateOf(identity.pid) ?? '').startsWith('T');
}

interface Listed extends Pick<ProcStat, 'pid' | 'group' | 'state'> {
  /** Undefined where the system does not say. */
  readonly session: number | undefined;
}

function processesOnLinux(): readonly Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcStat(Number(name)) ?? []);
}

function processesByPs(): readonly Listed[] {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, group, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), session: undefined, state };
  });
}

function stateOf(pid: number): string | undefined {
  if (process.platform === 'linux') return readProcStat(pid)?.state;
  return processesByPs().find((listed) => listed.pid === pid)?.state;
}
