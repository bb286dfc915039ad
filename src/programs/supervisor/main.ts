/**
 * The supervisor's own program: `node supervisor.js INSTANCES FOLDER`, in the project's folder and relative to it, so that
 * both may be moved under it. One per project; a second one ends at once. It is
 * started by commands and ends with the project's last server; whatever else ends it leaves the servers running.
 */
import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { readJsonIfThere } from '../../lib/files.ts';
import { type LockHolder, takeLock } from '../../lib/lock.ts';
import { isAllIdle } from './protocol/idle.ts';
import { supervise } from './supervise.ts';
import { makeBell } from './wake-up.ts';

async function main(instances: string, folder: string): Promise<void> {
  const wake = makeBell();
  const leave = new AbortController();
  // Before the lock makes this process known: an unexpected SIGHUP would end it.
  process.on('SIGHUP', () => wake.ring());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      leave.abort();
      wake.ring();
    });
  }
  // It was started for a project that somebody else took down meanwhile: to leave no trace, do not even take the lock.
  if (await isAllIdle(instances)) return;
  const lock = join(folder, 'lock');
  // Never given back: it stands for this process until that is really gone, and a dead holder's lock binds nobody.
  await takeLock(lock, 'supervisor');
  tell('started');
  const mayAct = async () => !(await isTakenOver(lock));
  await supervise({ instances, logFile: join(folder, 'supervisor.log'), wake, signal: leave.signal, mayAct, tell });
  tell('ended');
}

/** A lock that is gone means that somebody deletes the folder: then its servers have to end, and nobody else does it. */
async function isTakenOver(lock: string): Promise<boolean> {
  const holder = (await readJsonIfThere(lock)) as LockHolder | undefined;
  return holder !== undefined && holder.pid !== process.pid;
}

/** Standard output is the supervisor's log file. */
function tell(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${process.pid} ${text}\n`);
}

const [instances = '', folder = ''] = process.argv.slice(2);
try {
  await main(instances, folder);
  process.exit(0); // its servers are its children and would keep it waiting
} catch (error) {
  if (error instanceof StackctlError && error.code === 'E_LOCKED') process.exit(0);
  tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
