import type { SplitText, SqlDialect, SqlMistake } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { ended, lineFinder, statementsIn } from './statements.ts';
import { type Draft, problemAt, type SourceLine } from './tool.ts';
import { unwrapped } from './unwrap.ts';

/** A migration of ours, but for its number. */
export interface Completed {
  readonly draft: Draft;
  readonly up: readonly SourceLine[];
  readonly down: readonly SourceLine[];
  /** Of the up part. */
  readonly statements: number;
  /** 0: it cannot be taken back. */
  readonly downStatements: number;
  readonly transaction: boolean;
  /** What the header says, e.g. `transaction=false`. */
  readonly settings: readonly string[];
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

/** The server of the migrations, as far as files are read without it. */
export interface TargetSql {
  readonly sql: SqlDialect;
  readonly withoutTransactions: boolean;
}

/** Decides what the tool left to the statements, and checks what will be written as it is checked when it is read. Pure. */
export function complete(draft: Draft, target: TargetSql): Completed {
  const { sql } = target;
  const innerUp = target.withoutTransactions ? undefined : unwrapped(draft.up, sql);
  const up = partOf(innerUp ?? draft.up, sql);
  const transaction = innerUp !== undefined || runsInOne(draft, up, target);
  const innerDown = transaction ? unwrapped(draft.down, sql) : undefined;
  const down = partOf(innerDown ?? draft.down, sql);
  const isUnwrapped = innerUp !== undefined || innerDown !== undefined;
  return {
    draft,
    // What stands in an empty down part are comments, and they stay.
    up: down.count === 0 ? [...up.lines, ...down.lines] : up.lines,
    down: down.count === 0 ? [] : down.lines,
    statements: up.count,
    downStatements: down.count,
    transaction,
    settings: transaction || target.withoutTransactions ? [] : ['transaction=false'],
    notes: [
      ...draft.notes,
      ...(isUnwrapped ? [UNWRAPPED] : []),
      ...(target.withoutTransactions ? [] : stepNote(draft, transaction, [up, down])),
    ],
    problems: [up, down].flatMap((part) => [...part.problems, ...refusals(part, transaction, sql)]),
  };
}

const UNWRAPPED = 'BEGIN and COMMIT are taken out: stackctl runs the file in one transaction';

interface Part {
  readonly lines: readonly SourceLine[];
  readonly split: SplitText;
  readonly count: number;
  readonly problems: readonly Problem[];
}

function partOf(lines: readonly SourceLine[], sql: SqlDialect): Part {
  const whole = ended(trimmed(lines), sql);
  const split = statementsIn(whole, sql);
  const marks = split.comments.filter(({ text }) => /^--\s*stackctl\s*:/.test(text));
  const ours = marks.map(({ offset }) => ({
    offset,
    message: 'stackctl would read this comment as its own: reword it',
  }));
  return {
    lines: whole,
    split,
    count: split.statements.length,
    problems: located(whole, [...split.mistakes, ...ours]),
  };
}

/** Without empty lines at both ends. */
function trimmed(lines: readonly SourceLine[]): readonly SourceLine[] {
  const isFull = ({ text }: SourceLine): boolean => text.trim() !== '';
  const [first, last] = [lines.findIndex(isFull), lines.findLastIndex(isFull)];
  return first === -1 ? [] : lines.slice(first, last + 1);
}

/** Where the tool has no mark, a file runs in a transaction unless it holds what cannot. */
function runsInOne({ transaction, down }: Draft, up: Part, { sql, withoutTransactions }: TargetSql): boolean {
  if (withoutTransactions) return false;
  return transaction ?? ![up, partOf(down, sql)].some((part) => needsNone(part, sql));
}

function needsNone({ split: { statements } }: Part, sql: SqlDialect): boolean {
  return statements.some((statement) => sql.onlyOutside?.(statement) === true);
}

/** A tool without marks sends all statements of a file at once, and that is one transaction. */
function stepNote({ transaction: said }: Draft, transaction: boolean, parts: readonly Part[]): readonly string[] {
  if (said !== undefined || transaction || parts.every(({ count }) => count < 2)) return [];
  return ['it holds a statement that cannot run in a transaction, so that all of it runs statement by statement'];
}

function refusals({ lines, split }: Part, transaction: boolean, sql: SqlDialect): readonly Problem[] {
  return located(lines, sql.refused?.(split.statements, { transactional: transaction, once: false }) ?? []);
}

/** Mistakes at their places in the original files. */
function located(lines: readonly SourceLine[], mistakes: readonly SqlMistake[]): readonly Problem[] {
  const placeOf = lineFinder(lines);
  return mistakes.flatMap(({ offset, message }) => {
    const place = placeOf(offset);
    return place === undefined ? [] : [problemAt(place.line, message, place.column)];
  });
}
