/** Files with both parts in one text, cut at comment lines that a tool understands. */
import type { SqlDialect } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { ended } from './statements.ts';
import { type DraftPart, linesOf, problemAt, type SourceFile, type SourceLine } from './tool.ts';

/** What a line means to a tool; undefined: it belongs to the text. */
export type Mark =
  | { readonly type: 'part'; readonly part: 'up' | 'down'; readonly transaction: boolean }
  /** A block whose semicolons end nothing, and whose end ends a statement. */
  | { readonly type: 'begin' | 'end' }
  /** For the whole file. */
  | { readonly type: 'noTransaction' }
  | { readonly type: 'leftOut' }
  | { readonly type: 'mistake'; readonly message: string };

export interface Parts {
  /** With the comments above the first mark. */
  readonly up: DraftPart;
  readonly down: DraftPart;
  readonly problems: readonly Problem[];
}

/** Cuts a file at the marks of a tool. Pure. */
export function cutAtMarks(
  file: SourceFile,
  markOf: (line: string) => Mark | undefined,
  { sql, firstMark }: { readonly sql: SqlDialect; readonly firstMark: string },
): Parts {
  const cut = emptyCut();
  const lines = linesOf(file);
  for (const line of lines) {
    const mark = markOf(line.text);
    const mistake = mark === undefined ? undefined : apply(cut, mark, { line, sql, firstMark });
    if (mark === undefined) cut.lines.push(line);
    if (mistake !== undefined) cut.problems.push(problemAt(line, mistake));
  }
  if (cut.blockStart !== undefined) cut.problems.push(problemAt(cut.blockStart.line, 'this block is never ended'));
  endPart(cut);
  if (!cut.seen.up) cut.problems.push(problemAt({ path: file.path, line: 1 }, `there is no "${firstMark}" in it`));
  const isIn = (part: { readonly transaction: boolean } | undefined): boolean =>
    part?.transaction !== false && !cut.noTransaction;
  return {
    up: { lines: [...cut.head, ...cut.up], transaction: isIn(cut.seen.up) },
    down: { lines: cut.down, transaction: isIn(cut.seen.down) },
    problems: cut.problems,
  };
}

/** Grows line by line. */
interface Cut {
  part: 'head' | 'up' | 'down';
  /** Of the part that is read. */
  lines: SourceLine[];
  head: readonly SourceLine[];
  up: readonly SourceLine[];
  down: readonly SourceLine[];
  readonly seen: { up?: { readonly transaction: boolean }; down?: { readonly transaction: boolean } };
  noTransaction: boolean;
  blockStart: { readonly line: SourceLine; readonly index: number } | undefined;
  readonly problems: Problem[];
}

function emptyCut(): Cut {
  const none: readonly SourceLine[] = [];
  return {
    part: 'head',
    lines: [],
    head: none,
    up: none,
    down: none,
    seen: {},
    noTransaction: false,
    blockStart: undefined,
    problems: [],
  };
}

interface At {
  readonly line: SourceLine;
  readonly sql: SqlDialect;
  readonly firstMark: string;
}

/** @returns why the mark must not stand there. */
function apply(cut: Cut, mark: Mark, { line, sql, firstMark }: At): string | undefined {
  switch (mark.type) {
    case 'mistake':
      return mark.message;
    case 'noTransaction':
      cut.noTransaction = true;
      return undefined;
    case 'leftOut':
      return undefined;
    case 'begin':
      cut.blockStart = { line, index: cut.lines.length };
      return undefined;
    case 'end':
      return endBlock(cut, sql);
    case 'part':
      if (cut.seen[mark.part] !== undefined) return `a second ${mark.part} part: make a file of its own of it`;
      if (mark.part === 'down' && !cut.seen.up) return `the down part stands before "${firstMark}"`;
      if (cut.part === 'head') cut.problems.push(...statementsAbove(cut.lines));
      endPart(cut);
      cut.part = mark.part;
      cut.seen[mark.part] = { transaction: mark.transaction };
      return undefined;
  }
}

/** Above the first mark only comments may stand. */
function statementsAbove(lines: readonly SourceLine[]): readonly Problem[] {
  const statement = lines.find(({ text }) => !/^\s*(--.*)?$/.test(text));
  return statement === undefined ? [] : [problemAt(statement, 'this stands above the first mark: move it below')];
}

function endBlock(cut: Cut, sql: SqlDialect): string | undefined {
  if (cut.blockStart === undefined) return 'this ends a block that was not begun';
  const block = cut.lines.splice(cut.blockStart.index);
  cut.lines.push(...ended(block, sql));
  cut.blockStart = undefined;
  return undefined;
}

/** Puts the lines that were read where they belong. */
function endPart(cut: Cut): void {
  cut[cut.part] = cut.lines;
  cut.lines = [];
}
