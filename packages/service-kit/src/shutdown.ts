/** The orderly end of a program: nothing that it acknowledged is lost. */
import type { Log } from './log.ts';

export interface Stoppable {
  /** For the log, e.g. `http server`, `redis`. */
  readonly name: string;
  /** Finishes what was accepted. Called once. */
  stop(): Promise<void>;
}

/**
 * Stops one after the other, in order: what takes work in first, what the work needs last. A failure does not keep the
 * rest from stopping.
 * @param parts a promise, because the signal to end may come while the program starts.
 * @returns whether everything stopped by itself before the deadline.
 */
export async function stopAll(parts: Promise<readonly Stoppable[]>, deadlineMs: number, log: Log): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadlineMs);
  });
  const outcome = await Promise.race([stopInOrder(parts, log), late]);
  clearTimeout(timer);
  if (outcome === 'late') log.error('not everything stopped in time', { deadlineMs });
  return outcome === true;
}

async function stopInOrder(parts: Promise<readonly Stoppable[]>, log: Log): Promise<boolean> {
  let complete = true;
  for (const part of await parts) {
    try {
      await part.stop();
      log.debug('stopped', { part: part.name });
    } catch (error) {
      complete = false;
      log.error('did not stop cleanly', { part: part.name, error });
    }
  }
  return complete;
}
