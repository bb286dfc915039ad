import { link, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
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
  await sweep(path);
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
    const holder = await holderOf(path);
    if (holder === undefined) continue;
    if (!isGone(holder)) throw locked(holder, path);
    if (await succeed(mine, path, holder)) return;
  }
  throw new StackctlError('E_LOCKED', `the lock ${path} changes hands faster than it can be taken`, {
    hint: 'Run the command again.',
  });
}

/**
 * Takes the lock of a holder that is gone; false when it was no longer there to take. Several processes may find it dead at
 * the same time, and each of them may be held up between any two steps. So there is one turn for each dead holder, itself a
 * lock: only who has it may replace that holder's lock, which is never absent meanwhile and so cannot be claimed by others.
 */
async function succeed(mine: string, path: string, dead: LockHolder): Promise<boolean> {
  const turn = `${path}.after.${dead.pid}.${dead.started.replace(/[^\w-]/g, '_')}`;
  await claim(mine, turn);
  const now = await holderOf(path);
  if (now?.pid === dead.pid && now.started === dead.started) {
    await rename(turn, path);
    return true;
  }
  await rm(turn, { force: true });
  return false;
}

/** What processes left that were killed while they took this lock. Only its holder may call it: then no turn counts any more. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const left = join(folder, name);
    const holder = await holderOf(left).catch(() => undefined); // not a file of this lock
    if (holder !== undefined && isGone(holder)) await rm(left, { force: true });
  }
}

async function holderOf(path: string): Promise<LockHolder | undefined> {
  return (await readJsonIfThere(path)) as LockHolder | undefined;
}

/** A holder on another machine cannot be judged from here. */
function isGone(holder: LockHolder): boolean {
  return holder.host === hostname() && !isAlive(holder);
}

function locked(holder: LockHolder, path: string): StackctlError {
  return new StackctlError(
    'E_LOCKED',
    `another stackctl works on this project: "${holder.command}" (pid ${holder.pid} on ${holder.host}, since ${holder.since})`,
    { hint: 'Wait until it is done and run the command again.', details: { holder, lock: path } },
  );
}
