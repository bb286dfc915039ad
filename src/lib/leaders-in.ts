import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { ageMs, identify, type ProcessIdentity } from './process-identity.ts';
import { isServerIn, type Resident, residentOf } from './resident.ts';

export interface Leader extends ProcessIdentity {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/**
 * The servers that were started in a folder or below it, whatever is written about them: see `isServerIn`. The oldest
 * first. Undefined where the system does not tell in which folder a process works (everywhere but on Linux).
 */
export function leadersIn(folder: string, platform: NodeJS.Platform = process.platform): readonly Leader[] | undefined {
  if (platform !== 'linux') return undefined;
  const self = look(process.pid);
  const ownSession = self?.session;
  // `process.cwd()` still says where this process began to work, which may have been moved since.
  const absolute = isAbsolute(folder) ? folder : join(self?.folder ?? '/', folder);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => look(Number(name)) ?? [])
    .filter((resident) => resident.session !== ownSession && isServerIn(absolute, resident))
    .sort((a, b) => a.startTicks - b.startTicks)
    .flatMap(leaderOf);
}

function leaderOf({ pid }: Resident): readonly Leader[] {
  const identity = identify(pid);
  if (identity === undefined) return [];
  return [{ ...identity, startedAt: new Date(Date.now() - ageMs(identity)).toISOString() }];
}

/** Undefined for a process that is gone or a stranger's, into which this user may not look. */
function look(pid: number): Resident | undefined {
  try {
    return residentOf(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'), readlinkSync(`/proc/${pid}/cwd`));
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
