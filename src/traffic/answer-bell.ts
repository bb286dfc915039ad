/** Wakes who waits for the next answer. */
export function answerBell() {
  let wake = (): void => undefined;
  return {
    ring: (): void => wake(),
    next: (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}
