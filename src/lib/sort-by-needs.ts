/**
 * Sorts items so that each comes after those that it needs, and otherwise by `compare`: the same items have the same order,
 * whatever the order in which they come. Pure.
 * @param needs of every item; what is not among the items does not count.
 * @returns also the items that are part of a circle (or lie between two), which `sorted` then lacks.
 */
export function sortByNeeds<T>(
  items: readonly T[],
  needs: ReadonlyMap<T, ReadonlySet<T>>,
  compare: (a: T, b: T) => number,
): { readonly sorted: readonly T[]; readonly circle: readonly T[] } {
  const { sorted, left } = take(items, needs, compare);
  return { sorted, circle: left.length === 0 ? [] : take(left, reverse(left, needs), compare).left };
}

type Edges<T> = ReadonlyMap<T, ReadonlySet<T>>;

function reverse<T>(items: readonly T[], edges: Edges<T>): Edges<T> {
  const back = new Map(items.map((item) => [item, new Set<T>()] as const));
  for (const item of items) for (const needed of edges.get(item) ?? []) back.get(needed)?.add(item);
  return back;
}

/** Takes the first item that needs nothing that is left, again and again. */
function take<T>(
  items: readonly T[],
  edges: Edges<T>,
  compare: (a: T, b: T) => number,
): { readonly sorted: readonly T[]; readonly left: readonly T[] } {
  const within = new Set(items);
  const users = reverse(items, edges);
  const open = new Map(
    items.map((item) => [item, [...(edges.get(item) ?? [])].filter((one) => within.has(one)).length]),
  );
  const ready = items.filter((item) => open.get(item) === 0).toSorted((a, b) => compare(b, a));
  const sorted: T[] = [];
  for (let item = ready.pop(); item !== undefined; item = ready.pop()) {
    sorted.push(item);
    for (const user of users.get(item) ?? []) {
      const rest = (open.get(user) ?? 0) - 1;
      open.set(user, rest);
      if (rest === 0) insert(ready, user, compare);
    }
  }
  const taken = new Set(sorted);
  return { sorted, left: items.filter((item) => !taken.has(item)) };
}

/** Into a list whose last item is the first in order. */
function insert<T>(list: T[], item: T, compare: (a: T, b: T) => number): void {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(list[middle] as T, item) > 0) from = middle + 1;
    else to = middle;
  }
  list.splice(from, 0, item);
}
