/**
 * How long one request still waits for Redis, over all that it asks. It is measured from the question to the answer in
 * hand: a process that is busy with other requests meanwhile has that in it, and its timers are late.
 */
export interface Patience {
  leftMs(): number;
  spentMs(): number;
  spend(ms: number): void;
}

/** What one request waits for Redis at most, altogether. */
export const REQUEST_PATIENCE_MS = 150;

export function createPatience(limitMs = REQUEST_PATIENCE_MS): Patience {
  let spent = 0;
  return {
    leftMs: () => Math.max(0, limitMs - spent),
    spentMs: () => spent,
    spend: (ms) => {
      spent += ms;
    },
  };
}

/** Waits for the work while the patience lasts; what it has not waited for goes on by itself. */
export async function waitAtMost(patience: Patience, work: Promise<void>): Promise<void> {
  const leftMs = patience.leftMs();
  if (leftMs <= 0) return;
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, leftMs);
  });
  try {
    await Promise.race([work, enough]);
  } finally {
    clearTimeout(timer);
    patience.spend(performance.now() - startedAt);
  }
}
