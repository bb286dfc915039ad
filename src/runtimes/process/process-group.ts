import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { systemCode } from '../../errors.ts';
import { identify, isAlive, isOfThisBoot, type ProcessIdentity } from '../../lib/process-identity.ts';

/** A live process (no zombie) of a group. */
export interface Member {
  readonly pid: number;
  /** SIGSTOP has taken effect. */
  readonly stopped: boolean;
}

/**
 * The live processes of the group and session that `leader` made. Empty when its pid now belongs to somebody else.
 * The number of a group is not given away while a process is left in it, so members of a dead leader's group are its own.
 */
export function membersOf(leader: ProcessIdentity): readonly Member[] {
  const now = identify(leader.pid);
  if (now !== undefined && now.started !== leader.started) return [];
  if (!isOfThisBoot(leader) || !groupExists(leader.pid)) return [];
  const all = process.platform === 'linux' ? processesOnLinux() : processesByPs();
  return all.filter(({ group, state }) => group === leader.pid && !state.startsWith('Z')).map(toMember);
}

/** Sends a signal to what is left of the leader's group, also when the leader itself is dead. */
export function signalMembers(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (membersOf(leader).length === 0) return;
  try {
    process.kill(-leader.pid, signal);
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
  readonly state: string;
}

function toMember({ pid, state }: Listed): Member {
  return { pid, stopped: state.startsWith('T') };
}

function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function processesOnLinux(): readonly Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOnLinux(Number(name)) ?? []);
}

function statOnLinux(pid: number): Listed | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields behind the command name, which may hold spaces and parentheses: state, parent, group, …
    const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, group: Number(group), state };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function processesByPs(): readonly Listed[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, group, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), state };
  });
}

function stateOf(pid: number): string | undefined {
  if (process.platform === 'linux') return statOnLinux(pid)?.state;
  return processesByPs().find((listed) => listed.pid === pid)?.state;
}
