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
  try {
    await settledWithin(leftMs, work);
  } finally {
    budget.spend(performance.now() - startedAt);
  }
}

/** `Promise.race` with a timer takes several times as long. */
function settledWithin(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    work.then(
      () => {
        clearTimeout(timer);
        resolve();
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
