import { StackctlError } from '../errors.ts';
import { table } from '../output/table.ts';
import { projectPaths } from '../project/paths.ts';
import { readRecord } from '../project/record.ts';
import { type RegistryEntry, readRegistry, registryFolder } from '../project/registry.ts';
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
}

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async ({ env }) => {
  const { projects, lost } = await readRegistry(registryFolder(env));
  const rows = await Promise.all(
    [...projects, ...lost].map(async (entry): Promise<Row> => {
      const { name, stack, runtime, folder } = entry;
      return { project: name, stack, runtime, state: await stateOf(entry), folder };
    }),
  );
  const sorted = rows.sort((a, b) => (a.folder + a.project < b.folder + b.project ? -1 : 1));
  return {
    data: { projects: sorted },
    text: sorted.length === 0 ? 'no projects; start one with: stackctl up redis-sentinel' : listText(sorted),
  };
};

async function stateOf({ id, folder, name }: RegistryEntry): Promise<Row['state']> {
  try {
    const record = await readRecord(projectPaths(folder, name));
    // Another project under the same name: this one was moved, or its folder was replaced.
    return record?.id === id ? record.state : 'lost';
  } catch (error) {
    if (error instanceof StackctlError) return 'unreadable';
    throw error;
  }
}

function listText(rows: readonly Row[]): string {
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
