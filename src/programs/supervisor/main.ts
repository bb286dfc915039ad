/**
 * The supervisor: `node supervisor.js INSTANCES FOLDER`, see README.md. It works in the project's folder with relative paths,
 * so that the folder may be moved while it runs.
 */
import { join } from 'node:path';
import { errorText, errorTrace, StackctlError } from '../../errors.ts';
import { readJsonIfThere } from '../../lib/files.ts';
import { type LockHolder, takeLock } from '../../lib/lock.ts';
import { pollFor } from '../../lib/poll.ts';
import { namesIn, signatureOf } from './file-status.ts';
import { EXPECTS } from './protocol/expects.ts';
import { isAllIdle } from './protocol/idle.ts';
import { foldersOf } from './protocol/instance-files.ts';
import { type Rotation, rotateLog } from './rotate-log.ts';
import { supervise } from './supervise.ts';
import { makeWakeUp } from './wake-up.ts';

/** A command that was killed meanwhile has nothing to do for it, and nobody ends it. */
const EXPECTED_WITHIN_MS = 20_000;
const LOOK_MS = 3;

const ROTATION: Rotation = { maxBytes: 10 * 1024 * 1024, keep: 2 };

async function main(instances: string, folder: string, isEarly: boolean): Promise<void> {
  const wakeUp = makeWakeUp();
  const leave = new AbortController();
  // Before the lock makes this process known: an unexpected SIGHUP would end it.
  process.on('SIGHUP', () => wakeUp.send());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      leave.abort();
      wakeUp.send();
    });
  }
  // Another command may have taken the project down since this process was started. Then leave no trace, not even a lock.
  if (isEarly ? !(await untilNeeded(instances, leave.signal)) : await isAllIdle(instances)) return;
  const lock = join(folder, 'lock');
  // Never given back: it stands for this process until that is really gone, and a dead holder's lock binds nothing.
  await takeLock(lock, 'supervisor');
  log('started');
  await supervise({
    instances,
    wakeUp,
    signal: leave.signal,
    mayAct: holderOf(lock),
    rotateLogs: () => rotateLogs(instances, join(folder, 'supervisor.log')),
    log,
  });
  log('ended');
}

/** Whether there is something to do before a command that expects to have something would have given up. */
async function untilNeeded(instances: string, signal: AbortSignal): Promise<boolean> {
  const look = async () => ((await isAllIdle(instances)) ? undefined : true);
  return (await pollFor(EXPECTED_WITHIN_MS, look, { everyMs: LOOK_MS, signal }).catch(() => undefined)) === true;
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

async function rotateLogs(instances: string, ownLog: string): Promise<void> {
  const logs = namesIn(instances).map((name) => foldersOf(instances, name).logFile);
  for (const file of [ownLog, ...logs]) {
    await rotateLog(file, ROTATION).catch((error: unknown) => log(`${file} was not rotated: ${errorText(error)}`));
  }
}

/** Standard output is the supervisor's log file. */
function log(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${process.pid} ${text}\n`);
}

const [instances = '', folder = '', more] = process.argv.slice(2);
try {
  await main(instances, folder, more === EXPECTS);
  process.exit(0); // its servers are its children and would keep it waiting
} catch (error) {
  if (error instanceof StackctlError && error.code === 'E_LOCKED') process.exit(0);
  log(errorTrace(error));
  process.exit(1);
}
