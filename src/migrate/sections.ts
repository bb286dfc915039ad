import type { SqlDialect, SqlMistake, SqlPiece } from '../stack/contract/migrate.ts';
import { FILE_KEYS, type Header, isMark, type Mark, marksIn, PART_KEYS, readHeader } from './header.ts';
import { nearMarks } from './near-marks.ts';

/** The parts of a file that are run at other times than the file itself. */
const SECTIONS = ['down', 'verify', 'else'] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Section {
  readonly statements: readonly SqlPiece[];
  readonly header: Header;
  /** Where its mark stands; 0 for the file's own part. */
  readonly offset: number;
  /** Where the next mark stands, or the text ends. */
  readonly end: number;
}

export interface SectionedText {
  /** What stands above the first mark of a section. */
  readonly up: Section;
  readonly others: Readonly<Partial<Record<SectionName, Section>>>;
  readonly mistakes: readonly SqlMistake[];
}

/**
 * Cuts the text of a file into its sections and those into statements. `-- stackctl: down` on a line of its own begins a
 * section, which ends at the next such line, also where the statement before it has no semicolon. Pure.
 */
export function readSections(text: string, sql: SqlDialect): SectionedText {
  const whole = sql.split(text);
  const near = nearMarks(
    whole.comments.filter((comment) => !isMark(comment)),
    [...SECTIONS, ...FILE_KEYS],
  );
  // What stands where is not known: nothing else is said of the file.
  if (near.length > 0) {
    const up = { statements: [], header: {}, offset: 0, end: text.length };
    return { up, others: {}, mistakes: near };
  }
  const marks = marksIn(whole.comments);
  const starts = marks.filter((mark) => nameOf(mark) !== undefined);
  if (starts.length === 0) return { ...ownPart(whole, marks, text.length), others: {} };
  const bounds = [0, ...starts.map(({ offset }) => offset), text.length];
  const [first = whole, ...rest] = bounds
    .slice(0, -1)
    .map((from, index) => shifted(sql.split(text.slice(from, bounds[index + 1])), from));
  const own = ownPart(first, marks, starts[0]?.offset ?? text.length);
  const read = rest.map((split, index) => otherPart(split, marks, starts[index] as Mark, bounds[index + 2] ?? 0));
  const others: Partial<Record<SectionName, Section>> = {};
  const twice: SqlMistake[] = [];
  for (const { name, section } of read) {
    if (others[name] === undefined) others[name] = section;
    else twice.push({ offset: section.offset, message: `there is a section "${name}" above` });
  }
  return { up: own.up, others, mistakes: [...own.mistakes, ...twice, ...read.flatMap(({ mistakes }) => mistakes)] };
}

type Split = ReturnType<SqlDialect['split']>;

/** The name of the section that a mark begins. */
function nameOf({ text }: Mark): SectionName | undefined {
  const word = /^\s*([a-z]+)(?=\s|$)/.exec(text)?.[1];
  return SECTIONS.find((name) => name === word);
}

function ownPart(
  { statements, mistakes }: Split,
  marks: readonly Mark[],
  end: number,
): { readonly up: Section; readonly mistakes: readonly SqlMistake[] } {
  const first = statements[0]?.offset ?? end;
  const own = marks.filter(({ offset }) => offset < end);
  const late = own.filter(({ offset }) => offset > first);
  const read = readHeader(
    own.filter(({ offset }) => offset < first),
    FILE_KEYS,
  );
  return {
    up: { statements, header: read.header, offset: 0, end },
    mistakes: [...mistakes, ...late.map(tooLate), ...read.mistakes],
  };
}

/** Its settings stand in the line of its mark, and in the lines below it. */
function otherPart({ statements, mistakes }: Split, marks: readonly Mark[], start: Mark, end: number) {
  const name = nameOf(start) as SectionName;
  const length = start.text.indexOf(name) + name.length;
  const line = { ...start, text: start.text.slice(length), textOffset: start.textOffset + length };
  const first = statements[0]?.offset ?? end;
  const more = marks.filter(({ offset }) => offset > start.offset && offset < end);
  const read = readHeader([line, ...more.filter(({ offset }) => offset < first)], PART_KEYS);
  const empty = { offset: start.offset, message: `there is no statement in the section "${name}"` };
  return {
    name,
    section: { statements, header: read.header, offset: start.offset, end },
    mistakes: [
      ...mistakes,
      ...more.filter(({ offset }) => offset > first).map(tooLate),
      ...read.mistakes,
      ...(statements.length === 0 && mistakes.length === 0 ? [empty] : []),
    ],
  };
}

function shifted({ statements, comments, mistakes }: Split, by: number): Split {
  const move = <T extends { readonly offset: number }>(one: T): T => ({ ...one, offset: one.offset + by });
  const moved = ({ copyData, ...piece }: SqlPiece): SqlPiece => {
    return { ...move(piece), ...(copyData !== undefined && { copyData: move(copyData) }) };
  };
  return { statements: statements.map(moved), comments: comments.map(move), mistakes: mistakes.map(move) };
}

function tooLate({ offset }: Mark): SqlMistake {
  return { offset, message: 'settings belong above the first statement' };
}
