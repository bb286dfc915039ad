/** Small tools for trees that become YAML. */
export type Tree = Readonly<Record<string, unknown>>;

export function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

export function nonEmptyTree(tree: Tree | undefined): Tree | undefined {
  return tree === undefined || Object.keys(tree).length === 0 ? undefined : tree;
}

export function withoutUndefined(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}

/** Compose replaces `$NAME` from the environment; what the stack says is meant literally. */
export function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]));
}
