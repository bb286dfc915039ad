import { byCode } from '../../../../lib/by-code.ts';
import type { SchemaNode } from './node.ts';

/** Row of the catalog -> rows that it needs. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/**
 * Sorts objects so that each comes after what it needs, and otherwise by rank and name: the same objects have the same
 * order, whatever the order in which they were made. Pure.
 * @returns also the objects that are part of a circle (or lie between two), which `sorted` then lacks.
 */
export function sortNodes(
  nodes: readonly SchemaNode[],
  needs: Needs,
): { readonly sorted: readonly SchemaNode[]; readonly circle: readonly SchemaNode[] } {
  const edges = edgesOf(nodes, needs);
  const { sorted, left } = take(nodes, edges);
  return { sorted, circle: left.length === 0 ? [] : take(left, reverse(left, edges)).left };
}

type Edges = ReadonlyMap<SchemaNode, ReadonlySet<SchemaNode>>;

function edgesOf(nodes: readonly SchemaNode[], needs: Needs): Edges {
  const standsFor = new Map(nodes.flatMap((node) => node.covers.map((key) => [key, node] as const)));
  return new Map(
    nodes.map((node) => {
      const keys = [...(node.needs ?? []), ...node.covers.flatMap((key) => needs.get(key) ?? [])];
      const found = keys.flatMap((key) => standsFor.get(key) ?? []).filter((other) => other !== node);
      return [node, new Set(found)] as const;
    }),
  );
}

function reverse(nodes: readonly SchemaNode[], edges: Edges): Edges {
  const back = new Map(nodes.map((node) => [node, new Set<SchemaNode>()] as const));
  for (const node of nodes) for (const needed of edges.get(node) ?? []) back.get(needed)?.add(node);
  return back;
}

/** Takes the first object that needs nothing that is left, again and again. */
function take(
  nodes: readonly SchemaNode[],
  edges: Edges,
): { readonly sorted: readonly SchemaNode[]; readonly left: readonly SchemaNode[] } {
  const within = new Set(nodes);
  const users = reverse(nodes, edges);
  const open = new Map(nodes.map((node) => [node, count(edges.get(node), within)]));
  const ready = nodes.filter((node) => open.get(node) === 0).toSorted((a, b) => inOrder(b, a));
  const sorted: SchemaNode[] = [];
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    sorted.push(node);
    for (const user of users.get(node) ?? []) {
      const rest = (open.get(user) ?? 0) - 1;
      open.set(user, rest);
      if (rest === 0) insert(ready, user);
    }
  }
  const taken = new Set(sorted);
  return { sorted, left: nodes.filter((node) => !taken.has(node)) };
}

function count(needed: ReadonlySet<SchemaNode> | undefined, within: ReadonlySet<SchemaNode>): number {
  return [...(needed ?? [])].filter((node) => within.has(node)).length;
}

function inOrder(a: SchemaNode, b: SchemaNode): number {
  return a.rank - b.rank || byCode(a.name, b.name) || byCode(a.kind, b.kind);
}

/** Into a list whose last item is the first in order. */
function insert(list: SchemaNode[], node: SchemaNode): void {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (inOrder(list[middle] as SchemaNode, node) > 0) from = middle + 1;
    else to = middle;
  }
  list.splice(from, 0, node);
}
