import type { Completed } from './complete.ts';

/** Tools that run all files on one connection, so that a SET of one file also holds for those behind it. */
const ONE_CONNECTION = ['dbmate', 'goose', 'golang-migrate', 'sql-migrate'];

/** What a file sets for its session, in a sentence: in stackctl it ends with the file. Pure. */
export function keptSettings(tool: string, { up }: Pick<Completed, 'up'>): readonly string[] {
  if (!ONE_CONNECTION.includes(tool)) return [];
  const line = up.lines.find(({ text }) => /^SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)/i.test(text));
  if (line === undefined) return [];
  return [
    `"${line.text.trim()}" (line ${line.line}) ends with this file; with ${tool} it may also hold for files behind it`,
  ];
}
