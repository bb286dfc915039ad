import type { SqlDialect } from '../../stack/contract/migrate.ts';
import { type MarkedTool, readMarkedFile } from './marked-file.ts';
import { type Conversion, type Draft, type SourceFile, sqlFilesOf } from './tool.ts';

/**
 * All files of a tool whose files have both parts, in the tool's order. Pure.
 */
export function readMarked(
  tool: MarkedTool,
  files: readonly SourceFile[],
  sql: SqlDialect,
  order: (a: Draft, b: Draft) => number,
): Conversion {
  const named = sqlFilesOf(files).map((file) => ({ file, name: tool.nameOf(file.name) }));
  const read = named.flatMap(({ file, name }) => (name === undefined ? [] : [readMarkedFile(tool, file, name, sql)]));
  return {
    migrations: read.map(({ draft }) => draft).toSorted(order),
    problems: read.flatMap(({ problems }) => problems),
    notes: [],
  };
}
