/** What a supervisor does from the moment that it holds the lock, whatever process it is in. */
import { join } from 'node:path';
import { errorText } from '../../errors.ts';
import { readJsonIfThere } from '../../lib/files.ts';
import { type LockHolder, takeLock } from '../../lib/lock.ts';
import { namesIn, signatureOf } from './file-status.ts';
import { foldersOf } from './protocol/instance-files.ts';
import { type Rotation, rotateLog } from './rotate-log.ts';
import { type SupervisorInput, supervise } from './supervise.ts';

const ROTATION: Rotation = { maxBytes: 10 * 1024 * 1024, keep: 2 };

export interface WorkInput extends Omit<SupervisorInput, 'mayAct' | 'rotateLogs'> {
  /** Its own folder, for the lock and the log. */
  readonly folder: string;
  /** What it calls itself in the lock, see protocol/holder.ts. */
  readonly name: string;
}

export interface Work {
  /** When no instance needs it any more, or the signal has aborted. */
  readonly done: Promise<void>;
  /** Gives the lock back. */
  release(): Promise<void>;
}

/** Returns once it has the lock. @throws E_LOCKED while another supervisor works for this project. */
export async function beginWork(input: WorkInput): Promise<Work> {
  const { instances, folder, name, log } = input;
  const lock = join(folder, 'lock');
  const release = await takeLock(lock, name);
  log('started');
  const done = supervise({
    ...input,
    mayAct: holderOf(lock),
    rotateLogs: () => rotateLogs(instances, join(folder, 'supervisor.log'), log),
  });
  return { done: done.then(() => log('ended')), release };
}

/** Returns a function that says whether the lock is still this process'. It reads the file only when that has changed. */
function holderOf(lock: string): () => Promise<boolean> {
  let known: string | undefined;
  return async () => {
    const now = signatureOf(lock);
    if (now === known) return true;
    known = now;
    const holder = (await readJsonIfThere(lock)) as LockHolder | undefined;
    // Without a lock the project's folder is being deleted: only this process can then end the servers.
    return holder === undefined || holder.pid === process.pid;
  };
}

async function rotateLogs(instances: string, ownLog: string, log: (text: string) => void): Promise<void> {
  const logs = namesIn(instances).map((name) => foldersOf(instances, name).logFile);
  for (const file of [ownLog, ...logs]) {
    await rotateLog(file, ROTATION).catch((error: unknown) => log(`${file} was not rotated: ${errorText(error)}`));
  }
}
