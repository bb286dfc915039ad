/**
 * How long one request may still wait for Redis, over all that it asks. The time from a question to the handling of its
 * answer counts: where the process is busy with other requests meanwhile, that is part of it.
 */
export interface WaitBudget {
  leftMs(): number;
  spentMs(): number;
  spend(ms: number): void;
}

/** What one request waits for Redis at most, altogether. */
export const REQUEST_WAIT_MS = 150;

export function createWaitBudget(limitMs = REQUEST_WAIT_MS): WaitBudget {
  let spent = 0;
  return {
    leftMs: () => Math.max(0, limitMs - spent),
    spentMs: () => spent,
    spend: (ms) => {
      spent += ms;
    },
  };
}

/** Waits for the work as long as the budget lasts. The work goes on after that. */
export async function waitAtMost(budget: WaitBudget, work: Promise<void>): Promise<void> {
  const leftMs = budget.leftMs();
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
    budget.spend(performance.now() - startedAt);
  }
}
