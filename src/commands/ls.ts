import { table } from '../output/table.ts';
import { projectPaths } from '../stack/paths.ts';
import { readRecord } from '../stack/record.ts';
import { readRegistry, registryFolder } from '../stack/registry.ts';
import type { CommandModule } from './command.ts';

interface Row {
  readonly project: string;
  readonly stack: string;
  readonly runtime: string;
  /** `up`, `down`, or `lost` when the project's folder is gone. */
  readonly state: 'up' | 'down' | 'lost';
  readonly folder: string;
}

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async ({ env }) => {
  const { projects, lost } = await readRegistry(registryFolder(env));
  const rows = await Promise.all(
    [...projects, ...lost].map(async ({ name, stack, runtime, folder }): Promise<Row> => {
      const record = await readRecord(projectPaths(folder, name));
      return { project: name, stack, runtime, state: record?.state ?? 'lost', folder };
    }),
  );
  const sorted = rows.sort((a, b) => (a.folder + a.project < b.folder + b.project ? -1 : 1));
  return {
    data: { projects: sorted },
    text: sorted.length === 0 ? 'no projects; start one with: stackctl up redis-sentinel' : listText(sorted),
  };
};

function listText(rows: readonly Row[]): string {
  return table<Row>(
    [
      { title: 'project', cell: ({ project }) => project },
      { title: 'stack', cell: ({ stack }) => stack },
      { title: 'runtime', cell: ({ runtime }) => runtime },
      { title: 'state', cell: ({ state }) => state },
      { title: 'folder', cell: ({ folder }) => folder },
    ],
    rows,
  );
}
