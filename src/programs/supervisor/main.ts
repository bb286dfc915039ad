/**
 * The supervisor: `node supervisor.js INSTANCES FOLDER`, see README.md. It works in the project's folder with relative paths,
 * so that the folder may be moved while it runs.
 */
import { errorTrace, StackctlError } from '../../errors.ts';
import { pollFor } from '../../lib/poll.ts';
import { EXPECTS } from './protocol/expects.ts';
import { PROGRAM } from './protocol/holder.ts';
import { isAllIdle } from './protocol/idle.ts';
import { makeWakeUp } from './wake-up.ts';
import { beginWork } from './work.ts';

/** A command that was killed meanwhile has nothing to do for it, and nobody ends it. */
const EXPECTED_WITHIN_MS = 20_000;
const LOOK_MS = 3;

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
  const { signal } = leave;
  // The lock is not given back: it stands for this process until that is really gone, and a dead holder's lock binds nothing.
  const { done } = await beginWork({
    ...{ instances, folder, name: PROGRAM, home: '.', keepsAlive: true },
    ...{ wakeUp, signal, log },
  });
  await done;
}

/** Whether there is something to do before a command that expects to have something would have given up. */
async function untilNeeded(instances: string, signal: AbortSignal): Promise<boolean> {
  const look = async () => ((await isAllIdle(instances)) ? undefined : true);
  return (await pollFor(EXPECTED_WITHIN_MS, look, { everyMs: LOOK_MS, signal }).catch(() => undefined)) === true;
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
