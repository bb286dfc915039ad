/** Lets something that waits be woken. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves when it rings (true), and after `ms` in any case. */
  wait(ms: number): Promise<boolean>;
}

export function makeBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: (ms) => {
      if (rung) {
        rung = false;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve(rung);
          rung = false;
        };
        const timer = setTimeout(done, ms);
        wake = done;
      });
    },
  };
}
