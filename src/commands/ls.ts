import { StackctlError } from '../errors.ts';
import { table } from '../output/table.ts';
import { projectPaths } from '../project/paths.ts';
import { readRecord } from '../project/record.ts';
import { numberOf, type RegistryEntry, readRegistry, registryFolder } from '../project/registry.ts';
import type { CommandModule } from './line/command.ts';

interface Row {
  readonly project: string;
  readonly stack: string;
  readonly runtime: string;
  /**
   * What is on record, without asking any runtime: what the last `up` or `down` made of it. `lost`: its folder is gone, or was
   * moved and no command has been run there since.
   * `unreadable`: its record is broken, see `stackctl status` there.
   */
  readonly state: 'up' | 'down' | 'lost' | 'unreadable';
  readonly folder: string;
  /** Why it is lost or unreadable, and what to do about it; null: it is neither. */
  readonly why: string | null;
}

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async ({ env }) => {
  const { projects, lost } = await readRegistry(registryFolder(env));
  const rows = await Promise.all(
    [...projects, ...lost].map(async (entry): Promise<Row> => {
      const { name, stack, runtime, folder } = entry;
      return { project: name, stack, runtime, folder, ...(await stateOf(entry)) };
    }),
  );
  const sorted = rows.sort((a, b) => (a.folder + a.project < b.folder + b.project ? -1 : 1));
  return {
    data: { projects: sorted },
    text: sorted.length === 0 ? 'no projects; start one with: stackctl up redis-sentinel' : listText(sorted),
  };
};

async function stateOf({ id, folder, name }: RegistryEntry): Promise<Pick<Row, 'state' | 'why'>> {
  const paths = projectPaths(folder, name);
  try {
    const record = await readRecord(paths);
    if (record?.id === id) return { state: record.state, why: null };
    // Another project under the same name: this one was moved, or its folder was replaced.
    const isThere = record !== undefined || (await numberOf(paths.root)) !== undefined;
    const what =
      record === undefined ? (isThere ? RECORD_GONE : FOLDER_GONE) : `another project is in its place. ${MOVED}`;
    return { state: 'lost', why: what };
  } catch (error) {
    if (error instanceof StackctlError)
      return { state: 'unreadable', why: `${error.message}. In its folder: stackctl status` };
    throw error;
  }
}

const MOVED =
  'If its folder was moved, run stackctl status there, and it is found again. If it was deleted: stackctl doctor tells what still holds its ports, ' +
  'and stackctl doctor --fix takes it off this list';
const FOLDER_GONE = `its folder is not there. ${MOVED}`;
const RECORD_GONE = 'its record is gone. In its folder: stackctl clean ends what is left of it';

function listText(rows: readonly Row[]): string {
  const remarks = rows.flatMap(({ project, folder, state, why }) =>
    why === null ? [] : [`${state}: ${project} in ${folder}: ${why}.`],
  );
  return [tableText(rows), ...remarks].join('\n\n');
}

function tableText(rows: readonly Row[]): string {
  return table<Row>(
    [
      { title: 'project', cell: ({ project }) => project },
      { title: 'stack', cell: ({ stack }) => stack },
      { title: 'runtime', cell: ({ runtime }) => runtime },
      { title: 'on record', cell: ({ state }) => state },
      { title: 'folder', cell: ({ folder }) => folder },
    ],
    rows,
  );
}
