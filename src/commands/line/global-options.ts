/**
 * The options of every command. The parser, the search for the verb, the overview, completion and docs/commands.md are
 * made from this table.
 */
export interface GlobalOption {
  readonly long: `--${string}`;
  readonly short?: `-${string}`;
  /** Placeholder of its value, e.g. `name`. Absent: a switch. */
  readonly value?: string;
  readonly description: string;
  /** What it takes, where that is not any text. */
  readonly takes?: 'list' | 'duration' | 'runtime';
}

export const GLOBAL_OPTIONS: readonly GlobalOption[] = [
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
    description: 'how long to wait, where the command waits: 500ms, 10s, 2m',
    takes: 'duration',
  },
];

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
