import type { SqlDialect } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { cutAtMarks, type Mark } from './marks.ts';
import type { Draft, SourceFile } from './tool.ts';

/** What a tool whose files have both parts says of itself. */
export interface MarkedTool {
  readonly name: string;
  /** The mark that every file has to have, as a person writes it. */
  readonly firstMark: string;
  markOf(line: string): Mark | undefined;
  /** Version and title by the name of the file; undefined: the tool does not read a file of this name. */
  nameOf(name: string): FileName | undefined;
}

export interface FileName {
  readonly version: string;
  readonly title: string;
}

/** One file with both parts. Pure. */
export function readMarkedFile(
  tool: MarkedTool,
  file: SourceFile,
  { version, title }: FileName,
  sql: SqlDialect,
): { readonly draft: Draft; readonly problems: readonly Problem[] } {
  const { up, down, problems } = cutAtMarks(file, (line) => tool.markOf(line), { sql, firstMark: tool.firstMark });
  return { draft: { version, title, sources: [file.name], up, down, notes: [] }, problems };
}
