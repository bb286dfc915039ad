import { type CommandEntry, type CommandGroup, findIn } from './command.ts';

/** Headings of `stackctl --help`, in their order. */
export const GROUPS: readonly CommandGroup[] = ['Describe', 'Run', 'Look', 'Reach in', 'Prove', 'This machine'];
type Row = readonly [name: string, summary: string, load: CommandEntry['load']];

const ALIASES: Readonly<Record<string, readonly string[]>> = { status: ['ps'] };
const PASS_THROUGH: readonly string[] = ['exec', 'cli', '__complete'];

/** Every verb. One chunk of the build each, loaded only when it runs. */
export const COMMANDS: readonly CommandEntry[] = [
  ...inGroup('Describe', [
    ['init', 'write a commented stackctl.yaml', () => import('../init.ts')],
    ['templates', 'list the built-in stacks', () => import('../templates.ts')],
    ['config', 'print the merged configuration and where each value comes from', () => import('../config.ts')],
    ['render', 'write the configuration files of a stack', () => import('../render.ts')],
    ['schema', 'print a JSON Schema of stack.yaml, stackctl.yaml or a traffic profile', () => import('../schema.ts')],
  ]),
  ...inGroup('Run', [
    ['up', 'start a stack and wait until it is ready', () => import('../up.ts')],
    ['down', 'stop a project; its data stays unless --volumes is given', () => import('../down.ts')],
    ['restart', 'restart services or instances with their configuration as it is now', () => import('../restart.ts')],
    ['scale', 'change the number of instances of a service', () => import('../scale.ts')],
    ['failover', 'move the master to another server, without losing a write', () => import('../failover.ts')],
    ['migrate', 'bring schemas up to date, and look after their migrations', () => import('../migrate.ts')],
    ['compose', 'start and end a stack for Docker Compose, which calls it', () => import('../compose.ts')],
    ['reset', 'empty services without stopping them; asks first', () => import('../reset.ts')],
    ['clean', 'end a project, delete its data, built images and folder; asks first', () => import('../clean.ts')],
  ]),
  ...inGroup('Look', [
    ['status', 'instances, roles, health and addresses', () => import('../status.ts')],
    ['ls', 'list the projects of this machine', () => import('../ls.ts')],
    ['logs', 'print or follow the logs', () => import('../logs.ts')],
    ['health', 'probe every instance now and give a verdict', () => import('../health.ts')],
    ['inspect', 'read-only views of what the services hold and do', () => import('../inspect.ts')],
    ['ports', 'list the ports of a project', () => import('../ports.ts')],
  ]),
  ...inGroup('Reach in', [
    ['exec', 'run a program where an instance runs', () => import('../exec.ts')],
    ['cli', "open a service's own client, e.g. redis-cli", () => import('../cli.ts')],
    ['env', 'print the variables that reach a service, secrets included', () => import('../env.ts')],
  ]),
  ...inGroup('Prove', [
    ['failover-test', 'fail the master over under load, count lost writes', () => import('../failover-test.ts')],
    ['verify-history', 'judge earlier runs of failover-test again', () => import('../verify-history.ts')],
    ['smoke', 'bring a stack up, prove that it works, end it: one verdict for CI', () => import('../smoke.ts')],
    ['seed', 'send synthetic traffic and verify that it arrived', () => import('../seed.ts')],
    ['heal', 'undo injected faults that a killed run left behind', () => import('../heal.ts')],
  ]),
  ...inGroup('This machine', [
    ['doctor', 'check what stacks need from this machine', () => import('../doctor.ts')],
    ['completion', 'print a completion script for bash, zsh or fish', () => import('../completion/completion.ts')],
    ['version', 'print the versions of stackctl, Node.js and the platform', () => import('../version.ts')],
  ]),
  ...inGroup(undefined, [['__complete', 'answer a completion script', () => import('../completion/complete.ts')]]),
];

/** The verb with this name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return findIn(COMMANDS, name);
}

function inGroup(group: CommandGroup | undefined, rows: readonly Row[]): readonly CommandEntry[] {
  return rows.map(([name, summary, load]) => ({
    name,
    aliases: ALIASES[name] ?? [],
    summary,
    group,
    passThrough: PASS_THROUGH.includes(name),
    load,
  }));
}
