import type { SplitText, SqlDialect } from '../../stack/contract/migrate.ts';
import { type SourceLine, textOf } from './tool.ts';

/** The statements, comments and mistakes of some lines. Pure. */
export function statementsIn(lines: readonly SourceLine[], sql: SqlDialect): SplitText {
  return sql.split(textOf(lines));
}

/**
 * The lines, with a semicolon of its own behind them when their last statement has none: the tools end a statement at
 * their own marks and at the end of a part, too. Pure.
 */
export function ended(lines: readonly SourceLine[], sql: SqlDialect): readonly SourceLine[] {
  const last = lines.at(-1);
  const { statements, mistakes } = statementsIn(lines, sql);
  if (last === undefined || statements.length === 0 || mistakes.length > 0) return lines;
  // A word behind a statement that has ended is a statement of its own.
  const probed = statementsIn([...lines, { ...last, text: 'x' }], sql);
  return probed.statements.length > statements.length ? lines : [...lines, { ...last, text: ';' }];
}

export interface LinePlace {
  readonly index: number;
  readonly line: SourceLine;
  /** From 1. */
  readonly column: number;
}

/** Finds the line of an offset in the text of the lines; behind the last one it is the last one. Pure. */
export function lineFinder(lines: readonly SourceLine[]): (offset: number) => LinePlace | undefined {
  const starts: number[] = [];
  let start = 0;
  for (const { text } of lines) {
    starts.push(start);
    start += text.length + 1;
  }
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const line = lines[low];
    return line === undefined ? undefined : { index: low, line, column: offset - (starts[low] ?? 0) + 1 };
  };
}
