/** What can be said of the values of a draw before any is drawn, so that nobody has to look at each of them. Pure. */
import { valueOfKey } from './pick.ts';
import { type BUILT_IN_NAMES, onlyName, splitText } from './placeholders.ts';
import type { DrawSpec, TimeSpec } from './profile-draw.ts';

/**
 * `text`: always a plain text; `number`: always a number; `scalar`: null, a number, a truth value or a plain text; `any`: nothing is
 * known. A plain text is as it is in JSON, in the text format of COPY and in ASCII.
 */
export type Shape = 'text' | 'number' | 'scalar' | 'any';

/** The shape of what stands under a name. */
export type ShapeOf = (name: string) => Shape;

/** Printable ASCII without quotation marks and backslashes. */
export function isPlain(text: string): boolean {
  return /^[ !#-[\]-~]*$/.test(text);
}

const BUILT_IN: Readonly<Record<(typeof BUILT_IN_NAMES)[number], Shape>> = {
  id: 'text',
  run: 'text',
  sequence: 'number',
};

export function shapesOf(draw: Readonly<Record<string, DrawSpec>>): ShapeOf {
  const shapes = new Map<string, Shape>(Object.entries(BUILT_IN));
  const shapeOf = (name: string): Shape => shapes.get(name) ?? 'any';
  for (const [name, spec] of Object.entries(draw)) shapes.set(name, shapeOfDraw(spec, shapeOf));
  return shapeOf;
}

const NUMBERS = ['integer', 'number', 'skewed', 'zipf', 'histogram', 'session', 'step', 'round'] as const;

/** A rule that is not named here may draw anything. */
function shapeOfDraw(spec: DrawSpec, shapeOf: ShapeOf): Shape {
  const { weighted, oneOf, text, time, walk, uuid } = spec;
  if (NUMBERS.some((rule) => spec[rule] !== undefined)) return 'number';
  if (uuid !== undefined) return 'text';
  if (weighted !== undefined) return common(Object.keys(weighted).map((key) => shapeOfValue(valueOfKey(key))));
  if (oneOf !== undefined) return common(oneOf.map(shapeOfValue));
  if (time !== undefined) return shapeOfTime(time);
  if (text !== undefined) return shapeOfText(text, shapeOf);
  if (walk !== undefined) return common([walk.start, ...statesOf(walk.next)].map(shapeOfValue));
  if (spec.stable !== undefined) return shapeOfDraw(spec.stable.draw, shapeOf);
  if (spec.case === undefined) return 'any';
  const branches = Object.values(spec.case.when);
  const { otherwise } = spec.case;
  return common([
    ...[...branches, ...(otherwise === undefined ? [] : [otherwise])].map((branch) => shapeOfDraw(branch, shapeOf)),
    ...(otherwise === undefined ? (['scalar'] as const) : []),
  ]);
}

/** One that is counted from another one is null where that is, and that of an event that is never due. */
function shapeOfTime({ after, before, due, format }: TimeSpec): Shape {
  if (after !== undefined || before !== undefined || due !== undefined) return 'scalar';
  return format === 'iso' ? 'text' : 'number';
}

function shapeOfValue(value: unknown): Shape {
  if (typeof value === 'string') return isPlain(value) ? 'text' : 'any';
  if (typeof value === 'number') return 'number';
  return value === null || typeof value === 'boolean' ? 'scalar' : 'any';
}

function statesOf(next: NonNullable<DrawSpec['walk']>['next']): readonly string[] {
  return Object.entries(next).flatMap(([state, to]) => [state, ...Object.keys(to)]);
}

function common(shapes: readonly Shape[]): Shape {
  if (shapes.includes('any')) return 'any';
  const [first = 'any', ...others] = new Set(shapes);
  return others.length === 0 ? first : 'scalar';
}

/** Of what a template makes: one that is a name and nothing else is what that is. */
export function shapeOfText(template: string, shapeOf: ShapeOf): Shape {
  const name = onlyName(template);
  if (name !== undefined) return shapeOf(name);
  const { texts, names } = splitText(template);
  return texts.every(isPlain) && names.every((one) => shapeOf(one) !== 'any') ? 'text' : 'any';
}
