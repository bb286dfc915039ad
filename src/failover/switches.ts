import type { ClusterEvent } from '../stack/contract/scenario.ts';

export interface SwitchesInput {
  readonly events: readonly ClusterEvent[];
  /** Events before this are not the fault's doing. */
  readonly since: number;
  readonly oldPrimary: string;
  /** Primary that all arbiters agreed on at the end; undefined: they did not agree. */
  readonly newPrimary: string | undefined;
}

/**
 * How often the primary changed. Every arbiter reports every change, so the longest chain of one of them counts, not
 * the sum. An arbiter may skip a primary (it learns the newest one from its peers), hence the other lower
 * bounds: the number of primaries that were named, and the one that is there now.
 */
export function countSwitches({ events, since, oldPrimary, newPrimary }: SwitchesInput): number {
  const reports = events.filter(
    ({ phase, at, primary }) => phase === 'switched' && at >= since && primary !== undefined,
  );
  const sources = [...new Set(reports.map(({ source }) => source))];
  const chains = sources.map((source) => {
    const chain = reports.filter((event) => event.source === source).map(({ primary }) => primary);
    return chain.filter((primary, index) => primary !== (index === 0 ? oldPrimary : chain[index - 1])).length;
  });
  const named = new Set(reports.map(({ primary }) => primary).filter((primary) => primary !== oldPrimary));
  const moved = newPrimary !== undefined && newPrimary !== oldPrimary ? 1 : 0;
  return Math.max(0, ...chains, named.size, moved);
}
