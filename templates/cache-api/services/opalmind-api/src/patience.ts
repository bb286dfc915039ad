/** How long one request still waits for Redis, over all that it asks. */
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
