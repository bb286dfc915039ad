import { setTimeout as delay } from 'node:timers/promises';
import { isIdle } from './protocol/idle.ts';
import { foldersOf, type InstanceFolders, listFolders, lookAtRecord, readRunState } from './protocol/instance-files.ts';
import { type Rotation, rotateLog } from './rotate-log.ts';
import { type Bell, makeBell } from './wake-up.ts';
import { attend } from './watch-instance.ts';

/** New instances and requests come with a wake-up; this is for what else may change in the folder. */
const LOOK_EVERY_MS = 1000;
const AGAIN_AFTER_ERROR_MS = 1000;
const ROTATION: Rotation = { maxBytes: 10 * 1024 * 1024, keep: 2 };

export interface SupervisorInput {
  /** The project's instances folder. */
  readonly instances: string;
  /** Its own log. */
  readonly logFile: string;
  /** Rung by SIGHUP. */
  readonly wake: Bell;
  /** Aborts to leave the servers to the next supervisor. */
  readonly signal: AbortSignal;
  /** False once the lock belongs to another supervisor: this one must not act any more. */
  readonly mayAct: () => Promise<boolean>;
  readonly tell: (text: string) => void;
}

/** Looks after all instances of a project. Returns when none of them needs it, or when `signal` aborts. */
export async function supervise(input: SupervisorInput): Promise<void> {
  const leaving = new AbortController();
  const bells = new Map<string, Bell>();
  const attendants = new Map<string, Promise<void>>();
  while (!input.signal.aborted && (await input.mayAct())) {
    for (const folders of await listFolders(input.instances)) {
      if (attendants.has(folders.name) || (await lookAtRecord(folders)) === undefined) continue;
      const bell = makeBell();
      bells.set(folders.name, bell);
      const attention = { bell, signal: leaving.signal, tell: input.tell };
      const done = attendForEver(folders, attention).finally(() => {
        attendants.delete(folders.name);
        bells.delete(folders.name);
        input.wake.ring();
      });
      attendants.set(folders.name, done);
    }
    if (await areIdle(input.instances, [...attendants.keys()])) break;
    await rotateLogs(input);
    const woken = await input.wake.wait(LOOK_EVERY_MS);
    if (woken) for (const bell of bells.values()) bell.ring();
  }
  leaving.abort();
  for (const bell of bells.values()) bell.ring();
  await Promise.all(attendants.values());
}

/** A full disk or a damaged file stops the work on one instance only, and only until it is mended. */
async function attendForEver(folders: InstanceFolders, attention: Parameters<typeof attend>[1]): Promise<void> {
  while (!attention.signal.aborted) {
    try {
      return await attend(folders, attention);
    } catch (error) {
      attention.tell(`${folders.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      await delay(AGAIN_AFTER_ERROR_MS, undefined, { signal: attention.signal }).catch(() => undefined);
    }
  }
}

/** One whose record is gone or broken is not idle: its attendant is about to see to that, or tries again. */
async function areIdle(instances: string, attended: readonly string[]): Promise<boolean> {
  for (const name of attended) {
    const folders = foldersOf(instances, name);
    const record = await lookAtRecord(folders);
    if (record === undefined || record === 'unreadable' || !isIdle(record, await readRunState(folders))) return false;
  }
  return true;
}

async function rotateLogs({ instances, logFile, tell }: SupervisorInput): Promise<void> {
  const files = [logFile, ...(await listFolders(instances)).map((folders) => folders.logFile)];
  for (const file of files) {
    await rotateLog(file, ROTATION).catch((error: Error) => tell(`${file} was not rotated: ${error.message}`));
  }
}
