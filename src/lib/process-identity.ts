import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { type ProcStat, readProcStat } from './proc-stat.ts';

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

/** Returns a function that says what `isAlive` says, for less: what cannot change meanwhile is read only once. */
export function aliveCheck(identity: ProcessIdentity): () => boolean {
  if (process.platform !== 'linux' || !isAlive(identity)) return () => isAlive(identity);
  const { startTicks } = readProcStat(identity.pid) ?? {};
  return () => {
    const stat = readProcStat(identity.pid);
    return stat !== undefined && !hasEnded(stat) && stat.startTicks === startTicks;
  };
}

/** Whether it was started after the machine was. Since a reboot, the pids and groups from before it belong to other processes. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  const boot = (started: string): string | undefined => started.split('@')[1];
  const self = identify(process.pid);
  return self === undefined || boot(self.started) === boot(identity.started);
}

/**
 * How long a process has run, in milliseconds. On Linux from the time since boot, a clock that is never set; elsewhere from
 * the time of day, and 0 when that says nothing.
 */
export function ageMs({ started }: ProcessIdentity): number {
  const ticks = /^(\d+)@/.exec(started)?.[1];
  const age =
    ticks === undefined ? Date.now() - Date.parse(started) : (uptime() - Number(ticks) / TICKS_PER_SECOND) * 1000;
  return Number.isFinite(age) ? Math.max(0, age) : 0;
}

/** A process that is told of elsewhere, and where its pid means that process: see `ownMark`. */
export interface ProcessMark extends ProcessIdentity {
  /** The namespace of pids of a kernel; undefined: its system does not say. */
  readonly space?: string | undefined;
}

/** This process, for others that may run on another machine or in another container. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, started: '', ...identify(process.pid), space: pidSpace() };
}

/** Whether a process is known to have ended: false also for one that nothing can be known of from here. */
export function isKnownToHaveEnded(mark: ProcessMark): boolean {
  const here = pidSpace();
  return here !== undefined && mark.space === here && isOfThisBoot(mark) && !isAlive(mark);
}

/** Containers of one machine may have the same host name and the same boot, and each its own pids. */
function pidSpace(): string | undefined {
  try {
    return process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : undefined;
  } catch {
    return undefined; // /proc is not there, or is hidden
  }
}

/**
 * The program of a process, for messages; of its arguments only a script and an address in its title, since others may be
 * passwords. Empty when it cannot be read.
 */
export function commandOf(pid: number): string {
  try {
    if (process.platform !== 'linux') return shownCommand(ps(pid, 'command='));
    return shownCommand(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
  } catch {
    return '';
  }
}

const SCRIPT = /^[\w./~@+-]+\.(?:[cm]?[jt]s|py|rb|pl|php|jar|sh)$/;
const ADDRESS = /^(?:\*|[\w.-]+|\[?[0-9a-f:]+\]?):\d+$/i;

/** `node server.js --token x` -> `node server.js`; `redis-server *:6379` as it is. Pure. */
export function shownCommand(line: string): string {
  const [program = '', first = ''] = line.trim().split(/\s+/);
  return SCRIPT.test(first) || ADDRESS.test(first) ? `${program} ${first}` : program;
}

/** No process outlives the boot that it was started in. */
let bootId: string | undefined;

function startedOnLinux(pid: number): string | undefined {
  const stat = readProcStat(pid);
  if (stat === undefined || hasEnded(stat)) return undefined;
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${stat.startTicks}@${bootId}`;
}

/** A zombie has ended: only its exit code is left to be read. */
function hasEnded({ state }: ProcStat): boolean {
  return state === 'Z' || state === 'X';
}

function startedByPs(pid: number): string | undefined {
  try {
    return ps(pid, 'lstart=') || undefined;
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}

function ps(pid: number, column: string): string {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
