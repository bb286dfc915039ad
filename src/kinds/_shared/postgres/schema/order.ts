import { byCode } from '../../../../lib/by-code.ts';
import { sortByNeeds } from '../../../../lib/sort-by-needs.ts';
import type { SchemaNode } from './node.ts';

/** Row of the catalog -> rows that it needs. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** Objects after those that they need, otherwise by rank and name; `circle`: those that need each other. Pure. */
export function sortNodes(
  nodes: readonly SchemaNode[],
  needs: Needs,
): { readonly sorted: readonly SchemaNode[]; readonly circle: readonly SchemaNode[] } {
  const standsFor = new Map(nodes.flatMap((node) => node.covers.map((key) => [key, node] as const)));
  const edges = nodes.map((node) => {
    const keys = [...(node.needs ?? []), ...node.covers.flatMap((key) => needs.get(key) ?? [])];
    const found = keys.flatMap((key) => standsFor.get(key) ?? []).filter((other) => other !== node);
    return [node, new Set(found)] as const;
  });
  return sortByNeeds(nodes, new Map(edges), inOrder);
}

export function inOrder(a: SchemaNode, b: SchemaNode): number {
  return a.rank - b.rank || byCode(a.name, b.name) || byCode(a.kind, b.kind);
}
