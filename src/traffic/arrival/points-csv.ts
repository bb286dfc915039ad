/** The shape of a run as a file: a row for each point, its time and the factor of the rate. Pure. */
import { parseDuration } from '../../lib/duration.ts';
import { others, type Problem } from '../../stack/source/problem.ts';
import type { Point } from './shape.ts';

export const MOST_POINTS = 100_000;
export const HIGHEST_FACTOR = 1_000_000;

/** Mistakes after which no more are looked for. */
const MOST_PROBLEMS = 10;

interface Cell {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

interface Row {
  readonly line: number;
  readonly cells: readonly Cell[];
}

export interface PointsFile {
  /** What can be read; right where there is no problem. */
  readonly points: readonly Point[];
  readonly problems: readonly Problem[];
}

/**
 * Two columns, separated by a comma: the time after the start of the run in seconds (`90`, `0.5`) or as a duration (`1m30s`), and the factor.
 * The first row may hold names. Blank lines are none.
 * @param file as messages name it.
 */
export function pointsIn(text: string, file: string): PointsFile {
  const [first, ...rest] = rowsOf(text);
  const rows = first === undefined ? [] : isHeader(first) ? rest : [first, ...rest];
  const problems: Problem[] = [];
  const points: Point[] = [];
  const at = (line: number, column: number) => (field: string, message: string) =>
    problems.push({ file, line, column, field, message });
  if (rows.length === 0) at(1, 1)('', 'has no points: write a row for each, e.g. 0,1');
  if (rows.length > MOST_POINTS) {
    at(rows[MOST_POINTS]?.line ?? 1, 1)('', `is one point too many: a shape has at most ${MOST_POINTS}`);
  }
  for (const row of problems.length > 0 ? [] : rows) {
    const point = pointOf(row, points.at(-1), at);
    if (point !== undefined) points.push(point);
    if (problems.length >= MOST_PROBLEMS) break;
  }
  if (problems.length === 0 && points.every(({ factor }) => factor === 0)) {
    at(rows[0]?.line ?? 1, 1)('factor', 'must be above 0 in one row: nothing would ever be sent');
  }
  return { points, problems: others(problems, []) };
}

type Tell = (line: number, column: number) => (field: string, message: string) => unknown;

function pointOf({ line, cells }: Row, before: Point | undefined, at: Tell): Point | undefined {
  const [time, factor, more] = cells;
  if (time === undefined || factor === undefined || more !== undefined) {
    const count = `${cells.length} ${cells.length === 1 ? 'column' : 'columns'}`;
    at(line, more?.column ?? 1)('', `has ${count}, not two: a time and a factor, separated by a comma`);
    return undefined;
  }
  const ms = msOf(time.text);
  const value = numberOf(factor.text);
  if (ms === undefined) {
    at(line, time.column)('time', `must be seconds or a duration such as 90 or 1m30s, at most 24d, not ${shown(time)}`);
  } else if (before === undefined && ms !== 0) at(line, time.column)('time', 'must begin at 0');
  else if (before !== undefined && ms <= before.at)
    at(line, time.column)('time', 'must go on: later than the row before');
  if (value === undefined || value > HIGHEST_FACTOR) {
    at(line, factor.column)('factor', `must be a number from 0 to ${HIGHEST_FACTOR}, not ${shown(factor)}`);
  }
  return ms === undefined || value === undefined ? undefined : { at: ms, factor: value };
}

/** Names of the columns: neither is what it stands above. */
function isHeader({ cells }: Row): boolean {
  return cells.length === 2 && cells.every(({ text }) => /^[A-Za-z_]/.test(text));
}

function rowsOf(text: string): readonly Row[] {
  return text
    .split(/\r?\n/)
    .flatMap((line, index) => (line.trim() === '' ? [] : [{ line: index + 1, cells: cellsOf(line) }]));
}

/** Neither a time nor a factor holds a comma or a quotation mark, which programs may put around them. */
function cellsOf(line: string): readonly Cell[] {
  let begin = 0;
  return line.split(',').map((part) => {
    const column = begin + 1 + (part.length - part.trimStart().length);
    begin += part.length + 1;
    return { text: part.trim().replace(/^"(.*)"$/, '$1'), column };
  });
}

const NUMBER = /^\d+(\.\d+)?$/;

function msOf(text: string): number | undefined {
  return parseDuration(NUMBER.test(text) ? `${text}s` : text);
}

function numberOf(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

function shown({ text }: Cell): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
