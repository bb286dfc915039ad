/** One key for each writer of a run. Of the list: its order is the order in which the master applied the writes, and a second copy shows. */
export function keyOf(runId: string): string {
  return `stackctl:failover:${runId}`;
}

/** What a run that was killed has written goes away by itself. */
export const KEY_LIFETIME_S = 3600;
