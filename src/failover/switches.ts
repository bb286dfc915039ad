import type { ClusterEvent } from '../stack/contract/failover.ts';

export interface SwitchesInput {
  readonly events: readonly ClusterEvent[];
  /** Events before this are not the fault's doing. */
  readonly since: number;
  readonly oldPrimary: string;
  /** Primary that everybody agreed on at the end; undefined: nobody could say. */
  readonly newPrimary: string | undefined;
}

/**
 * How often the primary changed. Every arbiter tells every change, so the longest chain that one of them told counts,
 * and not the sum. An arbiter may skip a primary (it learns the newest one from its peers), hence the other lower
 * bounds: each primary that anybody named, and the one that is there now.
 */
export function countSwitches({ events, since, oldPrimary, newPrimary }: SwitchesInput): number {
  const told = events.filter(({ phase, at, primary }) => phase === 'switched' && at >= since && primary !== undefined);
  const sources = [...new Set(told.map(({ source }) => source))];
  const chains = sources.map((source) => {
    const chain = told.filter((event) => event.source === source).map(({ primary }) => primary);
    return chain.filter((primary, index) => primary !== (index === 0 ? oldPrimary : chain[index - 1])).length;
  });
  const named = new Set(told.map(({ primary }) => primary).filter((primary) => primary !== oldPrimary));
  const moved = newPrimary !== undefined && newPrimary !== oldPrimary ? 1 : 0;
  return Math.max(0, ...chains, named.size, moved);
}
