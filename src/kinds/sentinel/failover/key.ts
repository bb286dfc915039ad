/** One list per run: its order is the order in which the master applied the writes, and a second copy shows. */
export function keyOf(runId: string): string {
  return `stackctl:failover:${runId}`;
}

/** The list of a run that was killed goes away by itself. */
export const KEY_LIFETIME_S = 3600;
