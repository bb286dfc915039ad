import { readdirSync, readlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { type ProcStat, readProcStat } from './proc-stat.ts';
import { ageMs, identify, type ProcessIdentity } from './process-identity.ts';

export interface Leader extends ProcessIdentity {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** A process and the folder that it works in. */
export interface Resident extends Pick<ProcStat, 'pid' | 'session' | 'terminal' | 'startTicks'> {
  readonly folder: string;
}

/**
 * The servers that were started in a folder or below it, also those that no file names: see `isServerIn`. The oldest
 * first. Undefined where the system does not say in which folder a process works (everywhere but on Linux).
 */
export function leadersIn(folder: string, platform: NodeJS.Platform = process.platform): readonly Leader[] | undefined {
  if (platform !== 'linux') return undefined;
  const self = residentOf(process.pid);
  // After a move of the folder, `process.cwd()` still names the place where this process began to work.
  const absolute = isAbsolute(folder) ? folder : join(self?.folder ?? '/', folder);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => residentOf(Number(name)) ?? [])
    .filter((resident) => resident.session !== self?.session && isServerIn(absolute, resident))
    .sort((a, b) => a.startTicks - b.startTicks)
    .flatMap(leaderOf);
}

/**
 * Whether a process can only be a server that a supervisor started in `folder`: it works there (the folder may be
 * deleted by now), leads a session of its own, and has no terminal. A shell that a user opened there has a terminal, and
 * what runs in that shell leads no session.
 */
export function isServerIn(folder: string, { pid, session, terminal, folder: at }: Resident): boolean {
  return (
    pid === session && terminal === 0 && (at === folder || at === `${folder} (deleted)` || at.startsWith(`${folder}/`))
  );
}

function leaderOf({ pid }: Resident): readonly Leader[] {
  const identity = identify(pid);
  if (identity === undefined) return [];
  return [{ ...identity, startedAt: new Date(Date.now() - ageMs(identity)).toISOString() }];
}

/** Undefined for a process that is gone, and for one of another user, whose folder this user may not read. */
function residentOf(pid: number): Resident | undefined {
  try {
    const stat = readProcStat(pid);
    return stat && { ...stat, folder: readlinkSync(`/proc/${pid}/cwd`) };
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
