/** The options of a service with `provider: {type: stackctl}`: how Compose is told of them, and how it passes them on. */
import type { Command } from 'commander';
import { StackctlError } from '../../errors.ts';

/** As Compose knows a parameter of a provider. */
export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly type: 'string';
  readonly default?: string;
}

/** What becomes of the data at `docker compose down`. */
export const DATA = ['keep', 'remove'] as const;

const OPTIONS = {
  stack: 'a built-in stack, a kind for one server of it (postgres), or the path of a folder with a stack.yaml',
  values: 'a YAML file with values of the stack; also a list of files',
  set: 'a value of the stack, e.g. downAfterMs=2000; also a list. Secrets belong into a file of values',
  network: 'the network of compose.yaml that the servers join; without it, the default one or the only one',
  timeout: "how long a start may take, e.g. 90s, 5m; without it, the stack's readiness.timeout",
  data: 'what becomes of the data at docker compose down: keep or remove',
} as const;

export const UP_PARAMETERS: readonly Parameter[] = [
  parameter('stack', { required: true }),
  parameter('values'),
  parameter('set'),
  parameter('network'),
  parameter('timeout'),
];

export const DOWN_PARAMETERS: readonly Parameter[] = [parameter('data', { default: DATA[0] })];

export function describe(name: keyof typeof OPTIONS): string {
  return OPTIONS[name];
}

function parameter(
  name: keyof typeof OPTIONS,
  { required = false, ...more }: Partial<Pick<Parameter, 'required' | 'default'>> = {},
): Parameter {
  return { name, description: OPTIONS[name], required, type: 'string', ...more };
}

/** Which service of which Compose project is meant. */
export interface ServiceOf {
  readonly project: string;
  readonly service: string;
}

export function addServiceWords(command: Command): void {
  command
    .argument('<service>', 'name of the service in compose.yaml')
    .option('--project-name <name>', 'name of the Compose project');
}

/** @throws E_USAGE where the project is not named. */
export function serviceOf([service = '']: readonly string[], project: string | undefined): ServiceOf {
  if (project !== undefined && project !== '') return { project, service };
  throw new StackctlError('E_USAGE', 'the Compose project is not named', {
    hint: 'Docker Compose names it: stackctl compose --project-name shop up --stack redis-sentinel redis',
  });
}
