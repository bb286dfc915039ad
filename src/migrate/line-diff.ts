import { structuredPatch } from 'diff';

/** Beyond so many changed lines the search for the shortest difference would take seconds. */
const MOST_CHANGES = 1000;

/**
 * Lines that only one of two texts has, with two lines around them: `-` for the first text, `+` for the second. Pure.
 * @returns one line that says so where too much differs to be shown.
 */
export function lineDiff(before: string, after: string): string {
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: 2,
    maxEditLength: MOST_CHANGES,
  });
  if (patch === undefined) return '… too much differs to be shown';
  const hunks = patch.hunks.map(({ lines }) => lines.filter((line) => !line.startsWith('\\')).join('\n'));
  return hunks.join('\n…\n');
}
