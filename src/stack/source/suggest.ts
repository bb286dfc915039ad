/**
 * The candidate that the user most likely meant, or undefined when none is close. Case and word separators do not count,
 * so `depends_on` finds `dependsOn`; otherwise about one typing mistake for every three letters.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  return suggestions(word, candidates)[0];
}

/** The end of an error message: `; did you mean "redis"?`, or nothing without a candidate. */
export function didYouMean(candidate: string | undefined): string {
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}

/** All of them, the most likely first. */
export function suggestions(word: string, candidates: readonly string[]): readonly string[] {
  const wanted = normalize(word);
  return candidates
    .map((candidate) => ({ candidate, distance: distance(wanted, normalize(candidate)) }))
    .filter((ranking) => ranking.distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
}

function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Edits between two words; two swapped neighbours count once (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(beforePrevious, column - 2) + 1
          : Number.POSITIVE_INFINITY;
      current.push(Math.min(at(previous, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
