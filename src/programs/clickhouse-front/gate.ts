/** Lets a number of tasks run at once; the others wait in their order. */
export interface Gate {
  /** Resolves with the function that gives the place back. @throws the signal's reason when it aborts while waiting. */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Resolves when no task is inside. */
  idle(): Promise<void>;
}

export function makeGate(places: number): Gate {
  let inside = 0;
  const waiting = new Set<() => void>();
  const idlers = new Set<() => void>();
  const leave = (): void => {
    inside -= 1;
    const [next] = waiting;
    next?.();
    if (inside === 0) for (const idler of idlers) idler();
  };
  const once = (): (() => void) => {
    inside += 1;
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (inside < places) return resolve(once());
        const admit = (): void => {
          waiting.delete(admit);
          signal.removeEventListener('abort', give);
          resolve(once());
        };
        const give = (): void => {
          waiting.delete(admit);
          reject(signal.reason);
        };
        signal.addEventListener('abort', give, { once: true });
        waiting.add(admit);
      }),
    idle: () =>
      new Promise((resolve) => {
        if (inside === 0) resolve();
        else idlers.add(resolve);
      }),
  };
}
