/** Mistakes of times that other draws decide about, and of rounds. Pure. */
import type { Mistake } from '../stack/source/zod-problems.ts';
import { checkSort, checkUse, type DrawSort, type Known, type Path } from './known-draws.ts';
import { type DrawSpec, innerOf, type TimeSpec } from './profile-draw.ts';

export function timeMistakes({ hour, day, after, before, by = [] }: TimeSpec, path: Path, known: Known) {
  return [
    ...(hour === undefined ? [] : checkUse(hour, [...path, 'hour'], known.names)),
    ...(day === undefined ? [] : checkSort(day, [...path, 'day'], known, NUMBER)),
    ...(after === undefined ? [] : checkSort(after, [...path, 'after'], known, TIME)),
    ...(before === undefined ? [] : checkSort(before, [...path, 'before'], known, TIME)),
    ...by.flatMap((name, index) => checkSort(name, [...path, 'by', index], known, NUMBER)),
  ];
}

/** Where times are those at which events are due, and the profile says of none when it is. */
export function dueMistakes(draws: Readonly<Record<string, DrawSpec>>, path: Path): readonly Mistake[] {
  return Object.entries(draws).flatMap(([name, spec]) => (isDue(spec) ? [dueMistake([...path, name])] : []));
}

function dueMistake(path: Path): Mistake {
  return { path, part: 'value', message: 'is the time at which an event is due: the profile needs arrival.rate' };
}

/** Whether it is, or may be, the time at which an event is due. */
export function isDue(spec: DrawSpec): boolean {
  return spec.time?.due !== undefined || innerOf(spec).some(isDue);
}

export function roundMistakes(name: string, path: Path, known: Known): readonly Mistake[] {
  return checkSort(name, path, known, WALK);
}

const TIME: DrawSort = { is: ({ time }) => time !== undefined, not: 'is no time: draw it by the rule time' };
const WALK: DrawSort = {
  is: ({ walk }) => walk !== undefined,
  not: 'is no walk: draw it by the rule walk',
  // Its steps would be those of another place in the run.
  throughStable: false,
};
const NUMBER: DrawSort = { is: isNumber, not: 'is no number' };

const NUMBERS = ['integer', 'number', 'skewed', 'zipf', 'histogram', 'session', 'step', 'round'] as const;

function isNumber(spec: DrawSpec): boolean {
  const listed = [...Object.keys(spec.weighted ?? {}), ...(spec.oneOf ?? [])];
  return NUMBERS.some((rule) => spec[rule] !== undefined) || (listed.length > 0 && listed.every(isWhole));
}

function isWhole(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value));
}
