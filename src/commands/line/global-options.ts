/**
 * The options of every command. What a command gets of them (`GlobalFlags`), the parser, the search for the verb, the
 * overview, completion and docs/commands.md are made from the table below: a new one is a row of it.
 */
export interface GlobalOption {
  readonly long: `--${string}`;
  readonly short?: `-${string}`;
  /** Placeholder of its value, e.g. `name`. Absent: a switch. */
  readonly value?: string;
  readonly description: string;
  /** What it takes, where that is not any text. */
  readonly takes?: 'list' | 'duration' | 'runtime';
  /** Only verbs that say what it means for them take it (`timeoutOption`); the others refuse it with this reason. */
  readonly refusal?: string;
}

const TABLE = [
  { long: '--project', value: 'name', description: 'the project, when the folder has several' },
  {
    long: '--runtime',
    value: 'name',
    description: 'where instances run; without it, what the project has or auto',
    takes: 'runtime',
  },
  { long: '--set', value: 'key=value', description: 'a value of the stack, e.g. redisPort=6390', takes: 'list' },
  { long: '--values', value: 'file', description: 'a YAML file with values of the stack', takes: 'list' },
  { long: '--json', description: 'one JSON envelope on stdout, also on failure' },
  { long: '--yes', short: '-y', description: 'answer every question with yes' },
  {
    long: '--timeout',
    value: 'duration',
    description: 'how long to wait, for a command that waits: 500ms, 10s, 2m',
    takes: 'duration',
    refusal: 'This command does not wait for anything that could take a limit.',
  },
] as const satisfies readonly GlobalOption[];

export const GLOBAL_OPTIONS: readonly GlobalOption[] = TABLE;

type Row = (typeof TABLE)[number];

/** What was given: a list in its order, milliseconds (`timeoutMs`), a text or whether it was given at all. */
export type GlobalFlags = { readonly [R in Row as FlagName<R>]: FlagValue<R> };

type FlagName<R extends Row> = R extends { long: `--${infer Name}` }
  ? R extends { takes: 'duration' }
    ? `${CamelCase<Name>}Ms`
    : CamelCase<Name>
  : never;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

type FlagValue<R extends Row> = R extends { takes: 'list' }
  ? readonly string[]
  : R extends { takes: 'duration' }
    ? number | undefined
    : R extends { value: string }
      ? string | undefined
      : boolean;

export const HELP_OPTION: GlobalOption = { long: '--help', short: '-h', description: 'print this help' };
export const VERSION_OPTION: GlobalOption = { long: '--version', short: '-V', description: 'print the version' };

/** `-y, --yes`, `--set <key=value>`: as commander takes it and help shows it. */
export function flagsOf({ short, long, value }: GlobalOption): string {
  return `${short === undefined ? '' : `${short}, `}${long}${value === undefined ? '' : ` <${value}>`}`;
}

/** With `(repeatable)` where it may be given several times. */
export function explanationOf({ description, takes }: GlobalOption): string {
  return takes === 'list' ? `${description} (repeatable)` : description;
}
