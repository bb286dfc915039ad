/** `{{name}}` in the body of a profile: what was drawn, with its type where nothing else stands beside it. Pure. */

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

type Values = ReadonlyMap<string, unknown>;

export type Fill = (values: Values) => unknown;

/** Names that every event has without drawing them. */
export const BUILT_IN_NAMES = ['id', 'run', 'sequence'] as const;

export function compileText(template: string): Fill {
  const parts = template.split(PLACEHOLDER);
  // Texts at even places, names at odd ones.
  if (parts.length === 1) return () => template;
  if (parts.length === 3 && parts[0] === '' && parts[2] === '') {
    const name = parts[1] ?? '';
    return (values) => values.get(name);
  }
  return (values) => parts.map((part, index) => (index % 2 === 0 ? part : String(values.get(part)))).join('');
}

/** A tree of data, filled in for each event; a field whose value is null is left out. */
export function compileTree(tree: unknown): Fill {
  if (typeof tree === 'string') return compileText(tree);
  if (Array.isArray(tree)) {
    const items = tree.map(compileTree);
    return (values) => items.map((item) => item(values));
  }
  if (typeof tree !== 'object' || tree === null) return () => tree;
  const fields = Object.entries(tree).map(([key, value]) => [key, compileTree(value)] as const);
  return (values) => {
    const filled: Record<string, unknown> = {};
    for (const [key, fill] of fields) {
      const value = fill(values);
      if (value !== null && value !== undefined) filled[key] = value;
    }
    return filled;
  };
}
