// Not the global ones: a test that makes up the time replaces those in the whole process, the library's supervisor included.
import { clearTimeout, setTimeout } from 'node:timers';

/** Ends a wait early. A wake-up that is sent while nothing waits is kept for the next wait. */
export interface WakeUp {
  send(): void;
  /** Resolves with true when a wake-up was sent, with false after `ms` milliseconds without one. */
  wait(ms: number): Promise<boolean>;
}

/** @param keepsAlive whether a wait keeps this process from ending. */
export function makeWakeUp(keepsAlive = true): WakeUp {
  let isSent = false;
  let end: (() => void) | undefined;
  return {
    send: () => {
      isSent = true;
      end?.();
    },
    wait: (ms) => {
      if (isSent) {
        isSent = false;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          end = undefined;
          resolve(isSent);
          isSent = false;
        };
        const timer = setTimeout(done, ms);
        if (!keepsAlive) timer.unref();
        end = done;
      });
    },
  };
}
