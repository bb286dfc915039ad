import { linkSync, readdirSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StackctlError, systemCode } from '../errors.ts';
import { jsonText, readJsonIfThere, readTextIfThere, removeFile, writeBrief } from './files.ts';
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
 * Takes the lock at `path` and returns the function that gives it back, unless another one has it since the file was deleted. A lock whose holder is gone (another start time
 * for its pid, or no such process) is taken over; a live one never.
 * @throws E_LOCKED naming the holder.
 */
export async function takeLock(path: string, command: string): Promise<() => Promise<void>> {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('cannot read the start time of this process');
  const holder: LockHolder = { ...self, host: hostname(), command, since: new Date().toISOString() };
  // Another name each time: a file of this name that was left may be the same one as the lock.
  const mine = `${path}.${self.pid}.${Math.random().toString(36).slice(2)}`;
  const text = jsonText(holder);
  await writeBrief(mine, text, 0o600);
  try {
    await claim(mine, path);
  } finally {
    await removeFile(mine);
  }
  // What is left harms nobody, and the lock is taken.
  await sweep(path).catch(() => undefined);
  return async () => {
    // One that cannot be read is taken for this one: left there, it would be held for as long as this process lives.
    if ((await readTextIfThere(path).catch(() => text)) === text) await removeFile(path);
  };
}

/** `link` is atomic and, unlike open with `wx`, never shows another process a lock that is still empty. */
async function claim(mine: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      linkSync(mine, path);
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
  // Two holders of one name would have one turn, which is no harm.
  const turn = `${path}.after.${dead.pid}.${dead.started.slice(0, 16).replace(/\W/g, '_')}`;
  await claim(mine, turn);
  const now = await holderOf(path);
  if (now?.pid === dead.pid && now.started === dead.started) {
    renameSync(turn, path);
    return true;
  }
  await removeFile(turn);
  return false;
}

/** What processes left that were killed while they took this lock. Only its holder may call it: then no turn counts any more. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const left = join(folder, name);
    const holder = await holderOf(left).catch(() => 'unreadable' as const);
    const isLeft =
      holder === 'unreadable' ? isUnfinished(name, basename(path)) : holder !== undefined && isGone(holder);
    if (isLeft) await removeFile(left);
  }
}

/** A file that its process was still writing when it was killed. */
function isUnfinished(name: string, lock: string): boolean {
  const [pid, random, ...more] = name.slice(lock.length + 1).split('.');
  return /^\d+$/.test(pid ?? '') && random !== undefined && more.length === 0 && identify(Number(pid)) === undefined;
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
