/** Files that know each other, directly or through others. */
import type { Edge, Program } from './program.ts';

/** A service has its kind, and a kind is given services: the one pair of types that belongs to both. */
const PAIR = ['stack/contract/kind.ts', 'stack/contract/model.ts'];

/** Loads the file of the verb that was typed; completion is one of them, and reads this table. */
const TABLE_OF_VERBS = 'commands/line/table.ts';

/** The files of each circle, sorted, whether it is made by values, by types or by what is loaded later. */
export function circlesIn({ edges }: Program): readonly (readonly string[])[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges.filter(counts)) targets.set(from, [...(targets.get(from) ?? []), to]);
  const next = (file: string): readonly string[] => targets.get(file) ?? [];
  const reach = new Map([...targets.keys()].map((file) => [file, reachableFrom(file, next)]));
  const meet = (file: string, other: string): boolean =>
    reach.get(file)?.has(other) === true && reach.get(other)?.has(file) === true;
  const inCircle = [...reach.keys()].filter((file) => reach.get(file)?.has(file) === true).sort();
  return inCircle
    .filter((file, index) => !inCircle.slice(0, index).some((earlier) => meet(file, earlier)))
    .map((file) => inCircle.filter((other) => other === file || meet(file, other)));
}

function counts({ from, to, how }: Edge): boolean {
  if (how === 'glob' || from === to) return false;
  if (how === 'lazy' && from === TABLE_OF_VERBS) return false;
  return !(how === 'type' && PAIR.includes(from) && PAIR.includes(to));
}

function reachableFrom(file: string, next: (file: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(next(file));
  for (const each of found) for (const further of next(each)) found.add(further);
  return found;
}
