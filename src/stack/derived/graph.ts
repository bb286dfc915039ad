/**
 * The first dependency cycle of every group of services that wait for each other, as a path that ends where it started:
 * `['a', 'b', 'a']`. Unknown names are ignored.
 */
export function cyclesIn(dependsOn: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start >= 0) {
      cycles.push([...path.slice(start), name]);
      return;
    }
    if (done.has(name)) return;
    for (const next of dependsOn.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of dependsOn.keys()) visit(name, []);
  return cycles;
}

/** Names in an order in which everything comes after what it depends on; otherwise the order given is kept. */
export function inDependencyOrder(dependsOn: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const next of dependsOn.get(name) ?? []) if (dependsOn.has(next)) visit(next);
    ordered.push(name);
  };
  for (const name of dependsOn.keys()) visit(name);
  return ordered;
}
