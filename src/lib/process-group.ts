import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import { identify, isAlive, isOfThisBoot, type ProcessIdentity } from './process-identity.ts';

/** A live process (no zombie) of a group. */
export interface Member {
  readonly pid: number;
  readonly group: number;
  /** SIGSTOP has taken effect. */
  readonly stopped: boolean;
}

/**
 * The live processes of the group and session that `leader` made. Empty when its pid now belongs to somebody else. The
 * number of a group is not given away while a process is left in it, so members of a dead leader's group are its own.
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

interface Listed {
  readonly pid: number;
  readonly group: number;
  /** Undefined where the system does not tell. */
  readonly session: number | undefined;
  readonly state: string;
}

function processesOnLinux(): readonly Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOnLinux(Number(name)) ?? []);
}

function statOnLinux(pid: number): Listed | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields behind the command name, which may hold spaces and parentheses: state, parent, group, session, …
    const [state = '', , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, group: Number(group), session: Number(session), state };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function processesByPs(): readonly Listed[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, group, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), session: undefined, state };
  });
}

function stateOf(pid: number): string | undefined {
  if (process.platform === 'linux') return statOnLinux(pid)?.state;
  return processesByPs().find((listed) => listed.pid === pid)?.state;
}
