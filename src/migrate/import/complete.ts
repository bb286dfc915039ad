import type { SqlDialect, SqlMistake } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { ended, lineFinder, statementsIn } from './statements.ts';
import { type Draft, type DraftPart, problemAt, type SourceLine } from './tool.ts';
import { unwrapped } from './unwrap.ts';

/** A migration of ours, but for its number. */
export interface Completed {
  readonly draft: Draft;
  readonly up: CompletedPart;
  /** Without statements: it cannot be taken back. */
  readonly down: CompletedPart;
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

export interface CompletedPart {
  readonly lines: readonly SourceLine[];
  readonly statements: number;
  readonly transaction: boolean;
  /** What its header says, e.g. `transaction=false`. */
  readonly settings: readonly string[];
  /** The first statement that sets something for the session. */
  readonly sessionSetting: string | undefined;
}

/** The server of the migrations, as far as files are read without it. */
export interface TargetSql {
  readonly sql: SqlDialect;
  readonly withoutTransactions: boolean;
}

/** Decides what the tool left to the statements, and checks what will be written as it is checked when it is read. Pure. */
export function complete(draft: Draft, target: TargetSql): Completed {
  const [up, down] = [completePart(draft.up, target), completePart(draft.down, target)];
  const parts = [up, down];
  return {
    draft,
    // What stands in an empty down part are comments, and they stay.
    up: down.statements > 0 ? up : { ...up, lines: [...up.lines, ...down.lines] },
    down: down.statements > 0 ? down : { ...down, lines: [] },
    notes: [...draft.notes, ...new Set(parts.flatMap(({ notes }) => notes))],
    problems: parts.flatMap(({ problems }) => problems),
  };
}

type CheckedPart = CompletedPart & Pick<Completed, 'notes' | 'problems'>;

function completePart(part: DraftPart, target: TargetSql): CheckedPart {
  const { sql, withoutTransactions } = target;
  const inner = withoutTransactions ? undefined : unwrapped(part.lines, sql);
  const lines = ended(trimmed(inner ?? part.lines), sql);
  const { statements, comments, mistakes } = statementsIn(lines, sql);
  const needsNone = statements.some((statement) => sql.onlyOutside?.(statement) === true);
  const transaction = !withoutTransactions && (inner !== undefined || (part.transaction ?? !needsNone));
  const refused = (once: boolean): readonly SqlMistake[] =>
    sql.refused?.(statements, { transactional: transaction, once }) ?? [];
  // The tool ran it once, too.
  const once = refused(false).length > refused(true).length;
  const ours = comments.filter(({ text }) => /^--\s*stackctl\s*:/.test(text));
  const isStepped = part.transaction === undefined && !transaction && !withoutTransactions && statements.length > 1;
  return {
    lines,
    statements: statements.length,
    transaction,
    settings: [...(transaction || withoutTransactions ? [] : ['transaction=false']), ...(once ? ['once=true'] : [])],
    sessionSetting: statements.find(({ text }) => SETS_SESSION.test(text))?.text,
    notes: [...(inner === undefined ? [] : [UNWRAPPED]), ...(isStepped ? [STEPPED] : [])],
    problems: located(lines, [...mistakes, ...ours.map(({ offset }) => ({ offset, message: OURS })), ...refused(once)]),
  };
}

const SETS_SESSION = /^SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)/i;
const UNWRAPPED = 'BEGIN and COMMIT are taken out: stackctl runs the statements in one transaction';
/** A tool without marks sends all statements of a file at once, and that is one transaction. */
const STEPPED = 'it holds a statement that cannot run in a transaction, so that all of it runs statement by statement';
const OURS = 'stackctl would read this comment as its own: reword it';

/** Without empty lines at both ends. */
function trimmed(lines: readonly SourceLine[]): readonly SourceLine[] {
  const isFull = ({ text }: SourceLine): boolean => text.trim() !== '';
  const [first, last] = [lines.findIndex(isFull), lines.findLastIndex(isFull)];
  return first === -1 ? [] : lines.slice(first, last + 1);
}

/** Mistakes at their places in the original files. */
function located(lines: readonly SourceLine[], mistakes: readonly SqlMistake[]): readonly Problem[] {
  const placeOf = lineFinder(lines);
  return mistakes.flatMap(({ offset, message }) => {
    const place = placeOf(offset);
    return place === undefined ? [] : [problemAt(place.line, message, place.column)];
  });
}
