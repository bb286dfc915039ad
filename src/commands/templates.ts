import { join } from 'node:path';
import { table } from '../output/table.ts';
import { builtInPlugins } from '../stack/contract/plugins.ts';
import { builtInStacks, kindStacks, kindsFolder } from '../stack/load/catalog.ts';
import { loadSpec } from '../stack/load/load-spec.ts';
import type { CommandModule } from './line/command.ts';

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async ({ templatesFolder }) => {
  const summaries = async (folder: string, names: readonly string[]): Promise<readonly StackSummary[]> =>
    Promise.all(names.map((name) => summary(join(folder, name))));
  const [stacks, single] = await Promise.all([
    summaries(templatesFolder, await builtInStacks(templatesFolder)),
    summaries(kindsFolder(templatesFolder), await kindStacks(templatesFolder)),
  ]);
  const text = [table(COLUMNS, stacks), '', 'One server of a kind:', '', table(SINGLE_COLUMNS, single)].join('\n');
  return { data: { stacks, single }, text };
};

interface StackSummary {
  readonly name: string;
  readonly description: string;
  readonly folder: string;
  readonly services: readonly { readonly name: string; readonly kind: string; readonly instances: number }[];
}

const COLUMNS = [
  { title: 'stack', cell: ({ name }: StackSummary) => name },
  {
    title: 'services',
    cell: ({ services }: StackSummary) =>
      services.map(({ name, instances }) => (instances === 1 ? name : `${name} x${instances}`)).join(', '),
  },
  { title: 'description', cell: ({ description }: StackSummary) => description },
];

/** The one service has the name of its stack. */
const SINGLE_COLUMNS = COLUMNS.filter(({ title }) => title !== 'services');

async function summary(folder: string): Promise<StackSummary> {
  const { spec } = await loadSpec({ folder, plugins: builtInPlugins });
  const services = Object.entries(spec.services).map(([name, { kind, instances }]) => ({ name, kind, instances }));
  return { name: spec.stack, description: spec.description, folder, services };
}
