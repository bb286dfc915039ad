/**
 * The body of a profile as a writer of its JSON: what is the same in every event is written once, and what was drawn is put in between.
 * It writes what `JSON.stringify` makes of the filled tree (`compileTree`), byte for byte. Pure.
 */
import { compileText, fieldsOf, onlyName, type SlotOf, splitText, type Values } from './placeholders.ts';
import type { ShapeOf } from './plain.ts';

export type Write = (values: Values) => string;

/** Of the names of a profile. */
export interface Names {
  readonly slotOf: SlotOf;
  readonly shapeOf: ShapeOf;
}

export function compileJson(tree: unknown, names: Names): Write {
  const parts = createParts();
  addValue(tree, parts, names);
  return parts.joined();
}

/** What was drawn, where it is a value of its own. */
function jsonOfValue(value: unknown): string {
  if (typeof value === 'number') return numberAsJson(value);
  return typeof value === 'string' ? quoted(value) : (JSON.stringify(value) ?? 'null');
}

function numberAsJson(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null';
}

/** What is not the same within quotation marks: they, backslashes, control characters and halves of surrogate pairs. */
const SPECIAL = /["\\\p{Cc}\p{Surrogate}]/u;
const SURROGATE = /\p{Surrogate}/u;

function quoted(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Text, then what was drawn: the text of a slot, its number, or what a function makes of all of them. */
interface Part {
  readonly before: string;
  readonly slot: number;
  readonly isNumber: boolean;
  readonly write: Write | undefined;
}

type Parts = ReturnType<typeof createParts>;

function createParts() {
  const parts: Part[] = [];
  let before = '';
  const add = (part: Omit<Part, 'before'>): void => {
    parts.push({ before, ...part });
    before = '';
  };
  return {
    constant: (text: string): void => {
      before += text;
    },
    text: (slot: number): void => add({ slot, isNumber: false, write: undefined }),
    number: (slot: number): void => add({ slot, isNumber: true, write: undefined }),
    written: (write: Write): void => add({ slot: -1, isNumber: false, write }),
    joined: (): Write => {
      const after = before;
      return (values) => {
        let text = '';
        for (let index = 0; index < parts.length; index++) {
          const { before: own, slot, isNumber, write } = parts[index] as Part;
          text += own;
          if (write !== undefined) text += write(values);
          else if (isNumber) text += numberAsJson(values[slot] as number);
          else text += values[slot] as string;
        }
        return text + after;
      };
    },
  };
}

function addValue(tree: unknown, parts: Parts, names: Names): void {
  if (typeof tree === 'string') addText(tree, parts, names);
  else if (Array.isArray(tree)) addList(tree, parts, names);
  else if (typeof tree === 'object' && tree !== null) addObject(tree, parts, names);
  else parts.constant(JSON.stringify(tree) ?? 'null');
}

function addList(items: readonly unknown[], parts: Parts, names: Names): void {
  parts.constant('[');
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.constant(',');
    addValue(item, parts, names);
  }
  parts.constant(']');
}

function addText(template: string, parts: Parts, names: Names): void {
  const { texts, names: drawn } = splitText(template);
  const only = onlyName(template);
  if (only !== undefined) addDrawn(only, parts, names);
  else if (drawn.length === 0) parts.constant(JSON.stringify(template));
  // Halves of a surrogate pair in two texts may become a whole one.
  else if (drawn.some((name) => names.shapeOf(name) === 'any') || texts.some((text) => SURROGATE.test(text))) {
    const fill = compileText(template, names.slotOf);
    parts.written((values) => quoted(fill(values) as string));
  } else addPieces(texts, drawn, parts, names);
}

function addDrawn(name: string, parts: Parts, { slotOf, shapeOf }: Names): void {
  const [slot, shape] = [slotOf(name), shapeOf(name)];
  if (shape === 'number') parts.number(slot);
  else if (shape === 'text') {
    parts.constant('"');
    parts.text(slot);
    parts.constant('"');
  } else parts.written((values) => jsonOfValue(values[slot]));
}

function addPieces(texts: readonly string[], drawn: readonly string[], parts: Parts, { slotOf, shapeOf }: Names): void {
  parts.constant('"');
  for (const [index, text] of texts.entries()) {
    parts.constant(JSON.stringify(text).slice(1, -1));
    const name = drawn[index];
    if (name === undefined) continue;
    const slot = slotOf(name);
    if (shapeOf(name) === 'text') parts.text(slot);
    else parts.written((values) => `${values[slot]}`);
  }
  parts.constant('"');
}

/** Fields that are null are left out, and with the first one that is there begins what has a comma before it. */
function addObject(tree: object, parts: Parts, names: Names): void {
  const fields = fieldsOf(tree).filter(([, value]) => value !== null && value !== undefined);
  const firstSure = fields.findIndex(([, value]) => !mayBeNull(value, names));
  const [unsure, rest] = firstSure === -1 ? [fields, []] : [fields.slice(0, firstSure), fields.slice(firstSure)];
  parts.constant('{');
  if (unsure.length > 0) {
    const writers = unsure.map(([key, value]) => optionalField(['', key, ','], value, names));
    const isFollowed = rest.length > 0;
    parts.written((values) => {
      let text = '';
      for (const write of writers) text += write(values);
      return isFollowed ? text : text.slice(0, -1);
    });
  }
  for (const [index, [key, value]] of rest.entries()) {
    if (mayBeNull(value, names)) {
      parts.written(optionalField([',', key, ''], value, names));
      continue;
    }
    parts.constant(`${index > 0 ? ',' : ''}${JSON.stringify(key)}:`);
    addValue(value, parts, names);
  }
  parts.constant('}');
}

function mayBeNull(value: unknown, { shapeOf }: Names): boolean {
  const name = typeof value === 'string' ? onlyName(value) : undefined;
  const shape = name === undefined ? 'text' : shapeOf(name);
  return shape === 'scalar' || shape === 'any';
}

/** A field that is a name and nothing else, and what stands around it; the empty text where it is null. */
function optionalField([before, key, after]: readonly [string, string, string], value: unknown, names: Names): Write {
  const slot = names.slotOf(onlyName(value as string) ?? '');
  const own = `${before}${JSON.stringify(key)}:`;
  return (values) => {
    const drawn = values[slot];
    return drawn === null || drawn === undefined ? '' : `${own}${jsonOfValue(drawn)}${after}`;
  };
}
