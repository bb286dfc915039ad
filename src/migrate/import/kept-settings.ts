import type { Completed } from './complete.ts';

/** Tools that run all files on one connection, so that a SET of one file also holds for those behind it. */
const ONE_CONNECTION = ['dbmate', 'goose', 'golang-migrate', 'sql-migrate'];

/** What a file sets for its session, in a sentence: in stackctl it ends with the file. Pure. */
export function keptSettings(tool: string, { up }: Pick<Completed, 'up'>): readonly string[] {
  const { sessionSetting } = up;
  if (sessionSetting === undefined || !ONE_CONNECTION.includes(tool)) return [];
  const shown = sessionSetting.replace(/\s+/g, ' ');
  return [`"${shown}" ends with its file; with ${tool} it may also hold for files behind it`];
}
