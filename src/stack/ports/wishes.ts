import type { RuntimeFacts } from '../contract/runtime-facts.ts';
import type { PortTable, PortWish } from './ports.ts';

/** The wishes that count in this runtime. */
export function wishesFor(
  { addressing }: Pick<RuntimeFacts, 'addressing'>,
  wishes: readonly PortWish[],
): readonly PortWish[] {
  if (addressing === 'network') return wishes.filter(({ unpublished }) => unpublished !== true);
  return wishes.flatMap(({ ofReplica, spare, ...wish }) => (spare === true ? [] : [wish]));
}

/** The wishes as a table, for the project's record. */
export function wishTable(wishes: readonly PortWish[]): PortTable {
  const table: Record<string, Record<string, number>> = {};
  for (const { instance, name, wanted } of wishes) table[instance] = { ...table[instance], [name]: wanted };
  return table;
}

/**
 * What is left of a project's kept ports: a port that the stack or the user now asks for with another number is not kept.
 * @param wantedBefore the wishes that `kept` was allocated for.
 */
export function stillKept(kept: PortTable, wantedBefore: PortTable, wishes: readonly PortWish[]): PortTable {
  const changed = new Set(
    wishes
      .filter(({ instance, name, wanted }) => (wantedBefore[instance]?.[name] ?? wanted) !== wanted)
      .map(({ instance, name }) => `${instance}.${name}`),
  );
  return Object.fromEntries(
    Object.entries(kept).map(([instance, byName]) => [
      instance,
      Object.fromEntries(Object.entries(byName).filter(([name]) => !changed.has(`${instance}.${name}`))),
    ]),
  );
}
