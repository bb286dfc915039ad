import type { SqlDialect } from '../../stack/contract/migrate.ts';
import { lineFinder, statementsIn } from './statements.ts';
import type { SourceLine } from './tool.ts';

const BEGIN = /^(?:BEGIN(?:\s+(?:WORK|TRANSACTION))?|START\s+TRANSACTION)$/i;
const END = /^(?:COMMIT|END)(?:\s+(?:WORK|TRANSACTION))?$/i;

/**
 * Takes BEGIN and COMMIT around all other statements out, each on lines of its own: stackctl runs the file in one
 * transaction itself. Undefined: they are not there, or not in this shape. Pure.
 */
export function unwrapped(lines: readonly SourceLine[], sql: SqlDialect): readonly SourceLine[] | undefined {
  const { statements } = statementsIn(lines, sql);
  const [first, last] = [statements[0], statements.at(-1)];
  if (first === undefined || last === undefined || statements.length < 2) return undefined;
  if (!BEGIN.test(first.text) || !END.test(last.text)) return undefined;
  const inner = statements.slice(1, -1);
  if (inner.some(({ text }) => BEGIN.test(text) || END.test(text))) return undefined;
  const placeOf = lineFinder(lines);
  const [begin, end] = [placeOf(first.offset), placeOf(last.offset)];
  if (!isAlone(begin?.line, first.text) || !isAlone(end?.line, last.text)) return undefined;
  return lines.filter((_, index) => index !== begin?.index && index !== end?.index);
}

function isAlone(line: SourceLine | undefined, statement: string): boolean {
  return line !== undefined && line.text.replace(/--.*$/, '').replace(/;\s*$/, '').trim() === statement;
}
