import { setTimeout as delay } from 'node:timers/promises';
import { errorTrace } from '../../errors.ts';
import { isIdle } from './protocol/idle.ts';
import { foldersOf, type InstanceFolders, readRunState, recordOrUnreadable } from './protocol/instance-files.ts';
import { type RecordChanges, recordChanges } from './record-changes.ts';
import { makeWakeUp, type WakeUp } from './wake-up.ts';
import { watchInstance } from './watch-instance.ts';
import type { WatchContext } from './watched.ts';

/** Requests come with a wake-up. This is for a command that died before it sent one, and for folders that were deleted. */
const CHECK_EVERY_MS = 1000;
const RETRY_AFTER_MS = 1000;

export interface SupervisorInput extends Pick<WatchContext, 'home' | 'keepsAlive' | 'log'> {
  /** The project's instances folder. */
  readonly instances: string;
  /** Sent when a command says that it has written something. */
  readonly wakeUp: WakeUp;
  /** Aborts to leave the servers to the next supervisor. */
  readonly signal: AbortSignal;
  /** False once the lock belongs to another supervisor: this one must not act any more. */
  readonly mayAct: () => Promise<boolean>;
  /** Called about once a second. */
  readonly rotateLogs: () => Promise<void>;
}

interface Watch {
  readonly wakeUp: WakeUp;
  readonly done: Promise<void>;
}

/** Watches over all instances of a project. Returns when none of them needs it, or when `signal` aborts. */
export async function supervise(input: SupervisorInput): Promise<void> {
  const { instances, wakeUp, signal, home, keepsAlive, log } = input;
  const leaving = new AbortController();
  const watches = new Map<string, Watch>();
  const changes = recordChanges(instances);
  // Whether there may be nothing left to do. Found out from all files, so only after something has happened.
  let mayBeIdle = true;
  const acted = () => {
    mayBeIdle = true;
  };
  const watch = (name: string): Watch => {
    const context = { wakeUp: makeWakeUp(keepsAlive), signal: leaving.signal, acted, home, keepsAlive, log };
    const done = watchUntilDone(foldersOf(instances, name), context).finally(() => {
      watches.delete(name);
      changes.forget(name);
      acted();
      wakeUp.send();
    });
    return { wakeUp: context.wakeUp, done };
  };
  try {
    while (!signal.aborted && (await input.mayAct())) {
      follow(changes, watches, watch);
      if (mayBeIdle) {
        mayBeIdle = false;
        if (await areIdle(instances, [...watches.keys()])) break;
      }
      await input.rotateLogs();
      if (await wakeUp.wait(CHECK_EVERY_MS)) wakeAll(watches);
    }
  } finally {
    // Also after an error: where the process goes on, a watch would act beside the next supervisor.
    leaving.abort();
    wakeAll(watches);
    await Promise.all([...watches.values()].map(({ done }) => done));
  }
}

/** Wakes the watches over instances whose record has changed, and begins one for every new record. */
function follow(changes: RecordChanges, watches: Map<string, Watch>, watch: (name: string) => Watch): void {
  for (const name of changes.next()) {
    const known = watches.get(name);
    if (known === undefined) watches.set(name, watch(name));
    else known.wakeUp.send();
  }
}

function wakeAll(watches: ReadonlyMap<string, Watch>): void {
  for (const { wakeUp } of watches.values()) wakeUp.send();
}

/** A full disk or a damaged file stops the work on one instance only, and only until it is repaired. */
async function watchUntilDone(folders: InstanceFolders, context: WatchContext): Promise<void> {
  while (!context.signal.aborted) {
    try {
      return await watchInstance(folders, context);
    } catch (error) {
      context.log(`${folders.name}: ${errorTrace(error)}`);
      const { signal, keepsAlive: ref } = context;
      await delay(RETRY_AFTER_MS, undefined, { signal, ref }).catch(() => undefined);
    }
  }
}

/** An instance whose record is gone or unreadable is not idle: the watch over it is about to end its server, or tries again. */
async function areIdle(instances: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const folders = foldersOf(instances, name);
    const record = await recordOrUnreadable(folders);
    if (record === undefined || record === 'unreadable' || !isIdle(record, await readRunState(folders))) return false;
  }
  return true;
}
