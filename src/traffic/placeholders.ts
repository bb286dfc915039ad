/** `{{name}}` in the body of a profile: what was drawn, with its type where nothing else stands beside it. Pure. */

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** What an event has drawn, each in the slot of its name. */
export type Values = readonly unknown[];
/** The slot of a name that was checked to be there. */
export type SlotOf = (name: string) => number;

export type Fill = (values: Values) => unknown;

/** Names that every event has without drawing them. */
export const BUILT_IN_NAMES = ['id', 'run', 'sequence'] as const;

export function compileText(template: string, slotOf: SlotOf): Fill {
  const parts = template.split(PLACEHOLDER);
  // Texts at even places, names at odd ones.
  if (parts.length === 1) return () => template;
  const [before = '', name = '', after = ''] = parts;
  const slot = slotOf(name);
  if (parts.length > 3) {
    const rest = compileText(template.slice(template.indexOf('}}', before.length) + 2), slotOf);
    return (values) => `${before}${values[slot]}${rest(values)}`;
  }
  if (before === '' && after === '') return (values) => values[slot];
  return (values) => `${before}${values[slot]}${after}`;
}

/** A tree of data, filled in for each event; a field whose value is null is left out. */
export function compileTree(tree: unknown, slotOf: SlotOf): Fill {
  if (typeof tree === 'string') return compileText(tree, slotOf);
  if (Array.isArray(tree)) {
    const items = tree.map((item) => compileTree(item, slotOf));
    return (values) => items.map((item) => item(values));
  }
  if (typeof tree !== 'object' || tree === null) return () => tree;
  const fields = fieldsOf(tree).map(([key, value]) => ({
    key,
    fill: compileTree(value, slotOf),
    slot: onlySlot(value, slotOf),
  }));
  return (values) => {
    const filled: Record<string, unknown> = {};
    for (const { key, fill, slot } of fields) {
      const value = slot === -1 ? fill(values) : values[slot];
      if (value !== null && value !== undefined) filled[key] = value;
    }
    return filled;
  };
}

/** What an object may have: one of JavaScript takes no field with the name of its prototype. */
export function fieldsOf(tree: object): readonly (readonly [string, unknown])[] {
  return Object.entries(tree).filter(([key]) => key !== '__proto__');
}

/** The slot of a text that is a name and nothing else, as most are; -1: it is not. */
function onlySlot(value: unknown, slotOf: SlotOf): number {
  const name = typeof value === 'string' ? onlyName(value) : undefined;
  return name === undefined ? -1 : slotOf(name);
}

/** The name that a text is and nothing else; undefined: it is not. */
export function onlyName(template: string): string | undefined {
  return /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(template)?.[1];
}

/** What stands around the names of a template, one more than there are names, and the names. */
export function splitText(template: string): { readonly texts: readonly string[]; readonly names: readonly string[] } {
  const parts = template.split(PLACEHOLDER);
  return { texts: parts.filter((_, index) => index % 2 === 0), names: parts.filter((_, index) => index % 2 === 1) };
}
