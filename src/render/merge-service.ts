type Tree = Readonly<Record<string, unknown>>;

/** Keys that Compose accepts as a list of `KEY=VALUE` or names as well as a map. */
const MAPS = new Set(['environment', 'labels', 'networks', 'depends_on']);
/** Lists that are one value: an override replaces them. */
const WHOLE = new Set(['command', 'entrypoint', 'test']);

/**
 * Merges the `compose:` passthrough of a service into what stackctl rendered, by the rules of a Compose override file:
 * maps are merged, lists are appended, `command`, `entrypoint` and a healthcheck's `test` are replaced, anything else is
 * replaced. Source: docs.docker.com, "Merge Compose files".
 */
export function mergeService(base: Tree, override: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) merged[key] = mergeValue(key, base[key], value);
  return merged;
}

function mergeValue(key: string, base: unknown, override: unknown): unknown {
  const incoming = MAPS.has(key) && Array.isArray(override) ? asMap(key, override) : override;
  if (isTree(base) && isTree(incoming)) return mergeService(base, incoming);
  if (Array.isArray(base) && Array.isArray(incoming) && !WHOLE.has(key)) return [...base, ...incoming];
  return incoming;
}

function asMap(key: string, entries: readonly unknown[]): Tree {
  return Object.fromEntries(
    entries.map((entry) => {
      const text = String(entry);
      if (key === 'depends_on') return [text, { condition: 'service_started' }];
      if (key === 'networks') return [text, null];
      const [name = '', ...rest] = text.split('=');
      return [name, rest.length === 0 ? null : rest.join('=')];
    }),
  );
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
