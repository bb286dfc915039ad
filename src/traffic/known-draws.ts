/** What a draw may name: those before it. Pure. */
import { defined } from '../lib/defined.ts';
import { suggest } from '../stack/source/suggest.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import { type DrawSpec, innerOf } from './profile-draw.ts';

export type Path = readonly PropertyKey[];

/** What was drawn before. */
export interface Known {
  readonly names: readonly string[];
  readonly sessions: readonly string[];
  readonly specOf: (name: string) => DrawSpec | undefined;
}

export const NOT_YET = 'nothing before it is drawn as';

export function checkUse(name: string, path: Path, known: readonly string[]): readonly Mistake[] {
  return known.includes(name)
    ? []
    : [{ path, part: 'value', message: `${NOT_YET} "${name}"`, ...defined({ suggestion: suggest(name, known) }) }];
}

/** The same for a name that must be of a draw of some sort, or of a case or a stable draw of such ones. */
export function checkSort(name: string, path: Path, known: Known, sort: DrawSort): readonly Mistake[] {
  const spec = known.specOf(name);
  if (!known.names.includes(name)) return checkUse(name, path, known.names);
  return spec !== undefined && isOfSort(spec, sort) ? [] : [{ path, part: 'value', message: `"${name}" ${sort.not}` }];
}

export interface DrawSort {
  readonly is: (spec: DrawSpec) => boolean;
  /** What is said of another one. */
  readonly not: string;
  readonly throughStable?: boolean;
}

function isOfSort(spec: DrawSpec, sort: DrawSort): boolean {
  if (spec.stable !== undefined && sort.throughStable === false) return false;
  const inner = innerOf(spec);
  return inner.length === 0 ? sort.is(spec) : inner.every((one) => isOfSort(one, sort));
}
