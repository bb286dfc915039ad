import { StackctlError } from '../../errors.ts';
import { didYouMean, suggest } from '../../stack/source/suggest.ts';
import { DBMATE } from './dbmate.ts';
import { FLYWAY } from './flyway.ts';
import { GOLANG_MIGRATE } from './golang-migrate.ts';
import { GOOSE } from './goose.ts';
import { PG_DUMP } from './pg-dump.ts';
import { SQL_MIGRATE } from './sql-migrate.ts';
import type { ForeignTool, SourceFile } from './tool.ts';

/** The tools whose files can be imported. */
export const FOREIGN_TOOLS: readonly ForeignTool[] = [DBMATE, GOOSE, GOLANG_MIGRATE, FLYWAY, SQL_MIGRATE, PG_DUMP];

/** What `--from` takes. */
export const FOREIGN_TOOL_NAMES: readonly string[] = FOREIGN_TOOLS.map(({ name }) => name);

/**
 * The tool that the files are of, or the one that is asked for. Pure.
 * @param folder for messages.
 * @throws E_USAGE when they are of none, of several, or of another one.
 */
export function chooseTool(files: readonly SourceFile[], folder: string, from: string | undefined): ForeignTool {
  if (from !== undefined)
    return askedTool(
      FOREIGN_TOOLS.filter((tool) => tool.recognise(files)),
      folder,
      from,
    );
  // A migration may hold a dump: a file is of the first tool that knows it.
  const owners = new Set(files.map((file) => FOREIGN_TOOLS.find((tool) => tool.recognise([file]))));
  const found = FOREIGN_TOOLS.filter((tool) => owners.has(tool));
  const [tool, ...others] = found;
  if (tool === undefined) throw noTool(files, folder);
  if (others.length === 0) return tool;
  const names = found.map(({ name }) => name);
  throw new StackctlError('E_USAGE', `${folder} has files of several tools: ${names.join(', ')}`, {
    hint: `Say whose to import, e.g. --from ${tool.name}; files of the others are left out.`,
  });
}

/** The files without those that are of another tool, and which these are. Pure. */
export function ownFiles(
  tool: ForeignTool,
  files: readonly SourceFile[],
): { readonly own: readonly SourceFile[]; readonly notes: readonly string[] } {
  const others = files.flatMap((file) => {
    const other = tool.recognise([file]) ? undefined : FOREIGN_TOOLS.find((one) => one.recognise([file]));
    return other === undefined ? [] : [{ file, other }];
  });
  return {
    own: files.filter((file) => !others.some((one) => one.file === file)),
    notes: others.map(({ file, other }) => `${file.name} is left out: it is a file of ${other.name}`),
  };
}

function askedTool(found: readonly ForeignTool[], folder: string, from: string): ForeignTool {
  const asked = FOREIGN_TOOLS.find(({ name }) => name === from);
  if (asked === undefined) {
    throw new StackctlError('E_USAGE', `--from ${from}: unknown tool (known: ${FOREIGN_TOOL_NAMES.join(', ')})`, {
      hint: `Leave --from out: the files say what they are${didYouMean(suggest(from, FOREIGN_TOOL_NAMES))}`,
    });
  }
  if (found.includes(asked)) return asked;
  const others = found.length === 0 ? '' : `; they look like files of ${found.map(({ name }) => name).join(', ')}`;
  throw new StackctlError('E_USAGE', `no file in ${folder} is one of ${from}${others}`, {
    hint: found.length === 0 ? 'Name the folder that the tool reads.' : 'Leave --from out.',
  });
}

function noTool(files: readonly SourceFile[], folder: string): StackctlError {
  const what = files.length === 0 ? 'there is no migration file' : 'no file is one of a tool that stackctl knows';
  return new StackctlError('E_USAGE', `${what} in ${folder}`, {
    hint: `Name the folder that the tool reads (known: ${FOREIGN_TOOL_NAMES.join(', ')}).`,
  });
}
