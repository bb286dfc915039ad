import { link, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { StackctlError, systemCode } from '../errors.ts';
import { jsonText, readJsonIfThere, writeBrief } from './files.ts';
import { identify, isAlive } from './process-identity.ts';

export interface LockHolder {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/**
 * Takes the lock at `path` and returns the function that gives it back. A lock whose holder is gone (another start time
 * for its pid, or no such process) is taken over; a live one never.
 * @throws E_LOCKED naming the holder.
 */
export async function takeLock(path: string, command: string): Promise<() => Promise<void>> {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('cannot read the start time of this process');
  const holder: LockHolder = { ...self, host: hostname(), command, since: new Date().toISOString() };
  const mine = `${path}.${self.pid}`;
  await writeBrief(mine, jsonText(holder), 0o600);
  try {
    await claim(mine, path);
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(path, { force: true });
}

/** `link` is atomic and, unlike open with `wx`, never shows another process a lock that is still empty. */
async function claim(mine: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await link(mine, path);
      return;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const holder = (await readJsonIfThere(path)) as LockHolder | undefined;
    if (holder === undefined) continue;
    if (holder.host !== hostname() || isAlive(holder)) throw locked(holder, path);
    await discard(path, holder);
  }
  throw new StackctlError('E_LOCKED', `the lock ${path} changes hands faster than it can be taken`, {
    hint: 'Run the command again.',
  });
}

/**
 * Removes the lock of a holder that is gone. Two processes may find it at the same time, and the slower one must not
 * remove the lock that the faster one has taken since: `rename` shows which one it got hold of.
 */
async function discard(path: string, dead: LockHolder): Promise<void> {
  const aside = `${path}.${process.pid}.dead`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const taken = (await readJsonIfThere(aside)) as LockHolder | undefined;
  const mistaken = taken !== undefined && (taken.pid !== dead.pid || taken.started !== dead.started);
  if (mistaken) await putBack(aside, path);
  await rm(aside, { force: true });
}

async function putBack(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error; // another process holds it by now: the caller will see who
  }
}

function locked(holder: LockHolder, path: string): StackctlError {
  return new StackctlError(
    'E_LOCKED',
    `another stackctl works on this project: "${holder.command}" (pid ${holder.pid} on ${holder.host}, since ${holder.since})`,
    { hint: 'Wait until it is done and run the command again.', details: { holder, lock: path } },
  );
}
