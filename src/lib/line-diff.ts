/** Lines of context around a change. */
const CONTEXT = 2;

/** Beyond so many pairs of lines that differ, 16 MB of lengths, all old ones are shown before all new ones. */
const MAX_PAIRS = 2_000_000;

/**
 * A line diff: ` ` kept, `-` only in `before`, `+` only in `after`; long runs of kept lines are left out. Longest common
 * subsequence of the lines between the first and the last that differ.
 */
export function lineDiff(before: string, after: string): string {
  const a = before.split('\n');
  const b = after.split('\n');
  const head = commonStart(a, b, 0);
  const tail = commonStart(a.toReversed(), b.toReversed(), head);
  const changed = diffOf(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const kept = (line: string): string => ` ${line}`;
  return nearChanges([...a.slice(0, head).map(kept), ...changed, ...a.slice(a.length - tail).map(kept)]).join('\n');
}

/** How many lines both begin with, at most as many as leave `spare` lines of each. */
function commonStart(a: readonly string[], b: readonly string[], spare: number): number {
  const most = Math.min(a.length, b.length) - spare;
  let count = 0;
  while (count < most && a[count] === b[count]) count++;
  return count;
}

function diffOf(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length * b.length > MAX_PAIRS) return [...a.map((line) => `-${line}`), ...b.map((line) => `+${line}`)];
  const lengths = commonLengths(a, b);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(` ${a[i]}`);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(lengths, i + 1, j) >= at(lengths, i, j + 1))) {
      lines.push(`-${a[i]}`);
      i++;
    } else {
      lines.push(`+${b[j]}`);
      j++;
    }
  }
  return lines;
}

/** `lengths[i][j]`: length of the longest common subsequence of `a` from i on and `b` from j on. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row === undefined) continue;
      row[j] = a[i] === b[j] ? at(lengths, i + 1, j + 1) + 1 : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

function nearChanges(lines: readonly string[]): readonly string[] {
  return lines.filter((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith(' ')),
  );
}
