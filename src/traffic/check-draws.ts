/** What the schema of the draws cannot see: names that lead nowhere, ranges that are none. Pure. */
import { defined } from '../lib/defined.ts';
import { referencesIn } from '../stack/load/references.ts';
import { suggest } from '../stack/source/suggest.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import { roundMistakes, timeMistakes } from './check-times.ts';
import { histogramMistakes } from './draw-values.ts';
import { checkUse, type Known, NOT_YET, type Path } from './known-draws.ts';
import { BUILT_IN_NAMES } from './placeholders.ts';
import { type DrawSpec, innerOf } from './profile-draw.ts';

type Draws = Readonly<Record<string, DrawSpec>>;

/** Every mistake of some draws. @param path where they stand. @param earlier what is drawn before all of them. */
export function checkDraws(own: Draws, path: Path = ['draw'], earlier: Draws = {}): readonly Mistake[] {
  const draw: Draws = { ...earlier, ...own };
  const first = Object.entries(earlier);
  const drawn = Object.entries(own);
  return drawn.flatMap(([name, spec], index) => {
    const before = [...first, ...drawn.slice(0, index)];
    const known = {
      names: [...BUILT_IN_NAMES, ...before.map(([other]) => other)],
      sessions: before.filter(([, { session }]) => session !== undefined).map(([other]) => other),
      specOf: (other: string) => draw[other],
    };
    return [...checkName(name, [...path, name], earlier), ...checkDraw(spec, [...path, name], known)];
  });
}

function checkName(name: string, path: Path, earlier: Draws): readonly Mistake[] {
  const isBuiltIn = (BUILT_IN_NAMES as readonly string[]).includes(name);
  if (isBuiltIn) return [{ path, part: 'key', message: 'every event has this without drawing it' }];
  return Object.hasOwn(earlier, name) ? [{ path, part: 'key', message: 'is drawn for all events already' }] : [];
}

function checkDraw(spec: DrawSpec, path: Path, known: Known): readonly Mistake[] {
  const { names } = known;
  return [
    ...rangeMistakes(spec, path),
    ...(spec.histogram === undefined ? [] : histogramMistakes(spec.histogram, [...path, 'histogram'])),
    ...(spec.uuid?.of === undefined ? [] : checkUse(spec.uuid.of, [...path, 'uuid', 'of'], names)),
    ...(spec.text === undefined ? [] : unknownNames(spec.text, [...path, 'text'], names, NOT_YET)),
    ...(spec.time === undefined ? [] : timeMistakes(spec.time, [...path, 'time'], known)),
    ...(spec.round === undefined ? [] : roundMistakes(spec.round, [...path, 'round'], known)),
    ...(spec.case === undefined
      ? []
      : [
          ...checkUse(spec.case.of, [...path, 'case', 'of'], names),
          ...caseMistakes(spec.case, [...path, 'case'], known),
          ...Object.entries(spec.case.when).flatMap(([value, inner]) =>
            checkDraw(inner, [...path, 'case', 'when', value], known),
          ),
          ...(spec.case.otherwise === undefined
            ? []
            : checkDraw(spec.case.otherwise, [...path, 'case', 'otherwise'], known)),
        ]),
    ...(spec.stable === undefined
      ? []
      : [
          ...checkUse(spec.stable.of, [...path, 'stable', 'of'], names),
          ...checkDraw(spec.stable.draw, [...path, 'stable', 'draw'], known),
        ]),
    ...(spec.step === undefined ? [] : checkSession(spec.step, [...path, 'step'], known)),
    ...(spec.walk === undefined
      ? []
      : [
          ...checkSession(spec.walk.of, [...path, 'walk', 'of'], known),
          ...stateMistakes(spec.walk, [...path, 'walk']),
        ]),
  ];
}

/** A case for a value that never comes is misspelt, where the values can be told. */
function caseMistakes({ of, when }: NonNullable<DrawSpec['case']>, path: Path, { specOf }: Known): readonly Mistake[] {
  const values = valuesOf(specOf(of));
  if (values === undefined) return [];
  return Object.keys(when)
    .filter((value) => !values.includes(value))
    .map((value) => ({
      path: [...path, 'when', value],
      part: 'key',
      message: `"${of}" never is this`,
      ...defined({ suggestion: suggest(value, values) }),
    }));
}

/** As text; undefined: any. */
function valuesOf(spec: DrawSpec | undefined): readonly string[] | undefined {
  if (spec?.weighted !== undefined) return Object.keys(spec.weighted);
  if (spec?.oneOf !== undefined) return spec.oneOf.map(String);
  if (spec?.walk !== undefined) return Object.keys(spec.walk.next);
  const inner = spec === undefined ? [] : innerOf(spec).map(valuesOf);
  if (inner.length === 0 || inner.includes(undefined)) return undefined;
  const none = spec?.case !== undefined && spec.case.otherwise === undefined ? ['null'] : [];
  return [...inner.flatMap((values) => values ?? []), ...none];
}

function checkSession(name: string, path: Path, { names, sessions }: Known): readonly Mistake[] {
  if (sessions.includes(name)) return [];
  if (!names.includes(name)) return checkUse(name, path, names);
  return [{ path, part: 'value', message: `"${name}" is no session: draw it by the rule session` }];
}

/** A state that is only written once may be misspelt; where a walk ends is a state without next ones. */
function stateMistakes({ start, next }: NonNullable<DrawSpec['walk']>, path: Path): readonly Mistake[] {
  const states = Object.keys(next);
  const unknown = (state: string, place: Path, part: Mistake['part']): readonly Mistake[] =>
    states.includes(state)
      ? []
      : [
          {
            path: place,
            part,
            message: `there is no state "${state}" in next; one that ends a visit is written with {}`,
            ...defined({ suggestion: suggest(state, states) }),
          },
        ];
  return [
    ...unknown(start, [...path, 'start'], 'value'),
    ...Object.entries(next).flatMap(([state, to]) =>
      Object.keys(to).flatMap((other) => unknown(other, [...path, 'next', state, other], 'key')),
    ),
  ];
}

function rangeMistakes({ integer, number, skewed, weighted }: DrawSpec, path: Path): readonly Mistake[] {
  const wrong = (rule: string, message: string): Mistake => ({ path: [...path, rule], part: 'value', message });
  return [
    ...(integer !== undefined && integer.min > integer.max ? [wrong('integer', 'min must not be above max')] : []),
    ...(number !== undefined && number.min > number.max ? [wrong('number', 'min must not be above max')] : []),
    ...(skewed !== undefined && skewed.median > skewed.p99 ? [wrong('skewed', 'median must not be above p99')] : []),
    ...(weighted !== undefined && !Object.values(weighted).some((weight) => weight > 0)
      ? [wrong('weighted', 'must have a weight above 0')]
      : []),
  ];
}

export function unknownNames(tree: unknown, path: Path, known: readonly string[], message: string): readonly Mistake[] {
  return referencesIn(tree, path)
    .filter(({ name }) => !known.includes(name))
    .map(({ path: place, name }) => ({
      path: place,
      part: 'value',
      message: `${message} {{${name}}}`,
      ...defined({ suggestion: suggest(name, known) }),
    }));
}
