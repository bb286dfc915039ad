import type { CommandModule } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Undefined: left out of `--help` and of completion. */
  readonly group: CommandGroup | undefined;
  /** Everything after its first argument belongs to the program that it runs. */
  readonly passThrough?: boolean;
  readonly load: () => Promise<CommandModule>;
}

/** Headings of `stackctl --help`, in their order. */
export const GROUPS = ['Describe', 'Run', 'Look', 'Reach in', 'Prove', 'This machine'] as const;
export type CommandGroup = (typeof GROUPS)[number];

const file = (name: string): Promise<CommandModule> => import(`./${name}.ts`);

/** Every verb. One chunk of the build each, loaded only when it runs. */
export const COMMANDS: readonly CommandEntry[] = [
  entry('Describe', 'init', 'write a commented stackctl.yaml', () => file('init')),
  entry('Describe', 'templates', 'list the built-in stacks', () => file('templates')),
  entry('Describe', 'config', 'print the merged configuration and where each value comes from', () => file('config')),
  entry('Describe', 'render', 'write the configuration files of a stack', () => file('render')),
  entry('Run', 'up', 'start a stack and wait until it is ready', () => file('up')),
  entry('Run', 'down', 'stop a project; its data stays unless --volumes is given', () => file('down')),
  entry('Run', 'restart', 'restart services or instances and wait until they are ready', () => file('restart')),
  entry('Run', 'scale', 'change the number of instances of a service', () => file('scale')),
  entry('Run', 'clean', 'down --volumes, and the project folder is deleted', () => file('clean')),
  { ...entry('Look', 'status', 'instances, roles, health and addresses', () => file('status')), aliases: ['ps'] },
  entry('Look', 'ls', 'list the projects of this machine', () => file('ls')),
  entry('Look', 'logs', 'print or follow the logs', () => file('logs')),
  entry('Look', 'health', 'probe every instance now and give a verdict', () => file('health')),
  entry('Look', 'ports', 'list the ports of a project', () => file('ports')),
  { ...entry('Reach in', 'exec', 'run a program where an instance runs', () => file('exec')), passThrough: true },
  { ...entry('Reach in', 'cli', "open a service's own client, e.g. redis-cli", () => file('cli')), passThrough: true },
  entry('Reach in', 'env', 'print the variables that reach a service, secrets included', () => file('env')),
  entry('Prove', 'failover-test', 'fail the primary over under load and count lost writes', () =>
    file('failover-test'),
  ),
  entry('Prove', 'heal', 'undo injected faults that a killed run left behind', () => file('heal')),
  entry('This machine', 'doctor', 'check what stacks need from this machine', () => file('doctor')),
  entry(
    'This machine',
    'completion',
    'print a completion script for bash, zsh or fish',
    () => import('./completion.ts'),
  ),
  entry(
    'This machine',
    'version',
    'print the versions of stackctl, Node.js and the platform',
    () => import('./version.ts'),
  ),
  { ...entry(undefined, '__complete', 'answer a completion script', () => import('./complete.ts')), passThrough: true },
];

/** The verb with this name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((command) => command.name === name || command.aliases.includes(name));
}

function entry(
  group: CommandGroup | undefined,
  name: string,
  summary: string,
  load: CommandEntry['load'],
): CommandEntry {
  return { name, aliases: [], summary, group, load };
}
