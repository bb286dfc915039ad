import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { systemCode } from '../errors.ts';

/** Of the start times in /proc: USER_HZ, the same on every Linux that Node.js runs on (proc(5), getconf CLK_TCK). */
const TICKS_PER_SECOND = 100;

/**
 * A process that cannot be mistaken for another: pids are reused, a pid together with its start time is not.
 * `started` is opaque: clock ticks since boot with the boot id on Linux, `ps` text elsewhere.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** The identity of a running process, or undefined when there is none (or only a zombie) with this pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** Whether it was started since the machine was. Pids and groups from before a reboot belong to strangers now. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  const boot = (started: string): string | undefined => started.split('@')[1];
  const self = identify(process.pid);
  return self === undefined || boot(self.started) === boot(identity.started);
}

/**
 * How long a process has run, in milliseconds. On Linux from the time since boot, which nobody can set; elsewhere from the
 * time of day, and 0 where that says nothing.
 */
export function ageMs({ started }: ProcessIdentity): number {
  const ticks = /^(\d+)@/.exec(started)?.[1];
  const age =
    ticks === undefined ? Date.now() - Date.parse(started) : (uptime() - Number(ticks) / TICKS_PER_SECOND) * 1000;
  return Number.isFinite(age) ? Math.max(0, age) : 0;
}

/** Sends a signal to the process group that `leader` leads, if it is still that process. False when it is gone. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(leader)) return false;
  try {
    process.kill(-leader.pid, signal);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** The command line of a process, for messages. Empty when it cannot be read. */
export function commandOf(pid: number): string {
  try {
    if (process.platform !== 'linux') return ps(pid, 'command=');
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return '';
  }
}

function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name (field 2) may hold spaces and parentheses: count fields from behind its last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTicks = fields[19];
    if (state === undefined || state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
    return `${startTicks}@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function startedByPs(pid: number): string | undefined {
  try {
    return ps(pid, 'lstart=') || undefined;
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}

function ps(pid: number, column: string): string {
  return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
