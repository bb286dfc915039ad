import { stringify } from 'yaml';
import { table } from '../output/table.ts';
import { type Config, loadConfig, type Setting } from '../project/config.ts';
import { lookForProject } from '../project/locate.ts';
import { type OpenedProject, openLocated } from '../project/open.ts';
import type { ResolvedValue } from '../stack/contract/model.ts';
import type { CommandContext, CommandModule, Switch } from './line/command.ts';
import { openInput } from './session/open.ts';

interface ConfigFlags {
  readonly origins: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'a built-in stack or the path of your own')
    .option('--origins', 'say where each comes from');
};

export const run: CommandModule<ConfigFlags>['run'] = async (context, [stackRef], flags) => {
  const { cwd, env, global } = context;
  // Opened first: it reports mistakes in the values together with those in the settings.
  const project = await projectOf(context, stackRef);
  for (const text of project?.warnings ?? []) context.emit({ type: 'warning', text });
  const config = await loadConfig({ cwd, env, flags: global });
  const settings = settingsOf(config, project);
  const values = project?.values ?? [];
  return {
    data: {
      files: config.files,
      settings,
      values: values.map(({ name, type, value, origin, description }) => ({
        name,
        type,
        value: shownValue(value),
        origin,
        description,
      })),
    },
    text: flags.origins ? withOrigins(settings, values) : asYaml(settings, values),
  };
};

/** Undefined when nothing says which stack is meant: the settings can be printed without one. */
async function projectOf(context: CommandContext, stackRef: string | undefined): Promise<OpenedProject | undefined> {
  const input = openInput(context, stackRef, 'any');
  const located = await lookForProject(input);
  return located.missing === undefined ? openLocated(located, input) : undefined;
}

interface Setup {
  readonly stack: Setting<string | null>;
  readonly name: Setting<string | null>;
  readonly runtime: Setting<string>;
  readonly profile: Setting<string>;
}

function settingsOf(config: Config, project: OpenedProject | undefined): Setup {
  const none = { value: null, origin: 'built-in' };
  const stack = project?.loaded.spec.stack;
  const name = project?.identity.name;
  return {
    stack: stack === undefined ? (config.stack ?? none) : { value: stack, origin: originOf(config.stack, project) },
    name: name === undefined ? (config.name ?? none) : { value: name, origin: nameOrigin(config, name) },
    runtime: project?.runtime ?? config.runtime,
    profile: project?.profile ?? config.profile,
  };
}

function originOf(stack: Setting<string> | undefined, project: OpenedProject | undefined): string {
  if (stack !== undefined && stack.value === project?.loaded.spec.stack) return stack.origin;
  return project?.record === undefined ? 'argument' : 'project record';
}

function nameOrigin({ name }: Config, used: string): string {
  return name?.value === used ? name.origin : 'built-in';
}

function asYaml(settings: Setup, values: readonly ResolvedValue[]): string {
  const set = Object.entries(settings).flatMap(([key, { value }]) => (value === null ? [] : [[key, value]]));
  const given = Object.fromEntries(values.map(({ name, value }) => [name, shownValue(value)]));
  return stringify({ ...Object.fromEntries(set), ...(values.length === 0 ? {} : { values: given }) }).trimEnd();
}

interface Row {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
}

function withOrigins(settings: Setup, values: readonly ResolvedValue[]): string {
  const rows: readonly Row[] = [
    ...Object.entries(settings).map(([name, { value, origin }]) => ({ name, value: String(value ?? '-'), origin })),
    ...values.map(({ name, value, origin }) => ({ name: `values.${name}`, value: String(shownValue(value)), origin })),
  ];
  return table(
    [
      { title: 'key', cell: ({ name }: Row) => name },
      { title: 'value', cell: ({ value }: Row) => (value === '' ? '""' : value) },
      { title: 'origin', cell: ({ origin }: Row) => origin },
    ],
    rows,
  );
}

/** A secret prints as `[redacted]`. */
function shownValue(value: ResolvedValue['value']): string | number | boolean {
  return typeof value === 'object' ? String(value) : value;
}
