/**
 * The supervisor as a part of the process that wants the servers: a Node.js of its own takes several times as long to start
 * as a server does. It hears no signals and keeps no process from ending; the servers outlive it as they do the program.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTrace, StackctlError } from '../../errors.ts';
import { makeFolder } from '../../lib/files.ts';
import type { OwnSupervisor, SupervisedPlace } from '../../stack/contract/own-supervisor.ts';
import { WITHIN } from './protocol/holder.ts';
import { makeWakeUp, type WakeUp } from './wake-up.ts';
import { beginWork } from './work.ts';

interface Working {
  readonly wakeUp: WakeUp;
  /** Whether it has the lock; false: another one has it. */
  readonly begun: Promise<boolean>;
}

/** For any number of projects at once. */
export function supervisorWithin(): OwnSupervisor {
  const working = new Map<string, Working>();
  return {
    begin: (place) => {
      const known = working.get(place.supervisor);
      if (known !== undefined) return known.begun;
      const wakeUp = makeWakeUp(false);
      const begun = beginIn(place, wakeUp, () => working.delete(place.supervisor));
      working.set(place.supervisor, { wakeUp, begun });
      return begun;
    },
    wake: ({ supervisor }) => working.get(supervisor)?.wakeUp.send(),
  };
}

/** What goes wrong once it works is in the log: whoever waits for the supervisor says so when nothing comes of it. */
async function beginIn(place: SupervisedPlace, wakeUp: WakeUp, onEnd: () => void): Promise<boolean> {
  const { root, instances, supervisor: folder } = place;
  const log = logOf(place);
  const { signal } = new AbortController();
  try {
    await makeFolder(folder);
    const { done, release } = await beginWork({
      ...{ instances, folder, name: WITHIN, home: root, keepsAlive: false },
      ...{ wakeUp, signal, log },
    });
    void done
      .finally(release)
      .catch((error: unknown) => log(errorTrace(error)))
      .finally(onEnd);
    return true;
  } catch (error) {
    onEnd();
    if (!(error instanceof StackctlError && error.code === 'E_LOCKED')) throw error;
    return false;
  }
}

/** A log that cannot be written, its project being gone for instance, is no reason for the caller's program to end. */
function logOf({ supervisor }: SupervisedPlace): (text: string) => void {
  const file = join(supervisor, 'supervisor.log');
  return (text) => {
    try {
      appendFileSync(file, `${new Date().toISOString()} ${process.pid} ${text}\n`, { mode: 0o600 });
    } catch {
      // Nobody else is there to be told.
    }
  };
}
