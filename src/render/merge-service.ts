type Tree = Readonly<Record<string, unknown>>;

/** Keys that Compose accepts as a list of `KEY=VALUE` or names as well as a map. */
const MAPS = new Set(['environment', 'labels', 'args', 'networks', 'depends_on']);
/** Keys that Compose accepts as one text as well as a list. */
const LISTS = new Set(['env_file', 'tmpfs', 'dns', 'dns_search', 'label_file']);
/** Lists that are one value: an override replaces them. */
const WHOLE = new Set(['command', 'entrypoint', 'test']);

/**
 * Merges the `compose:` passthrough of a service into what stackctl rendered, by the rules of a Compose override file:
 * maps are merged, lists are appended, also where one of the two is written in its other form; `command`, `entrypoint`
 * and a healthcheck's `test` are replaced, and so is anything else. A key without a value takes no list and no map away.
 * Source: docs.docker.com, "Merge Compose files".
 */
export function mergeService(base: Tree, override: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) merged[key] = mergeValue(key, base[key], value);
  return merged;
}

function mergeValue(key: string, given: unknown, override: unknown): unknown {
  if (given === undefined && !MAPS.has(key)) return override;
  const base = inOneForm(key, given);
  const incoming = inOneForm(key, override);
  if (isTree(base) && isTree(incoming)) return mergeService(base, incoming);
  if (WHOLE.has(key)) return incoming;
  if (Array.isArray(base) && Array.isArray(incoming)) return [...base, ...incoming];
  return incoming === null && typeof base === 'object' ? base : incoming;
}

/** Maps for `MAPS`, lists for `LISTS` and hosts, anything else as it is. */
function inOneForm(key: string, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (MAPS.has(key) && Array.isArray(value)) return asMap(key, value);
  if (LISTS.has(key) && !Array.isArray(value)) return [value];
  // One name may have several addresses: a list keeps them all.
  if (key === 'extra_hosts' && isTree(value)) return hostLines(value);
  return value;
}

function hostLines(hosts: Tree): readonly string[] {
  return Object.entries(hosts).flatMap(([host, addresses]) => [addresses].flat().map((one) => `${host}=${one}`));
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
