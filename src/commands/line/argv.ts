import { type CommandEntry, findIn } from './command.ts';
import { GLOBAL_OPTIONS, HELP_OPTION, VERSION_OPTION } from './global-options.ts';

export interface CommandLine {
  /** As typed; undefined when there is none. */
  readonly verb: string | undefined;
  /** Everything but the verb; flags that stood before it come first. */
  readonly args: readonly string[];
  /** `--json` was given to stackctl, also when the rest of the line is wrong. */
  readonly json: boolean;
  /** What was asked for without a verb. */
  readonly wants: 'command' | 'help' | 'version';
}

const ALL = [...GLOBAL_OPTIONS, HELP_OPTION, VERSION_OPTION];
const WITH_VALUE = new Set<string>(ALL.filter(({ value }) => value !== undefined).map(({ long }) => long));
const WITHOUT_VALUE = new Set<string>(ALL.filter(({ value }) => value === undefined).map(({ long }) => long));

/** Finds the verb, wherever flags stand around it. Whether the flags are right is commander's question. */
export function readCommandLine(argv: readonly string[], commands: readonly CommandEntry[]): CommandLine {
  const at = verbIndex(argv, commands);
  const before = argv.slice(0, at);
  const verb = argv[at];
  const after = argv.slice(at + 1);
  if (before.includes('--version') || before.includes('-V')) {
    return { verb: 'version', args: [], json: sawJson(before) || sawJson(after), wants: 'version' };
  }
  if (verb === 'help') return helpLine(after);
  const args = [...before, ...after];
  const asked = before.includes('--help') || before.includes('-h');
  const json = jsonOf(verb === undefined ? undefined : findIn(commands, verb), before, after);
  return { verb, args, json, wants: asked && verb === undefined ? 'help' : 'command' };
}

/** `help up` is `up --help`, `help migrate down` is `migrate down --help`. */
function helpLine(after: readonly string[]): CommandLine {
  const [verb, ...rest] = after.filter((token) => !token.startsWith('-'));
  return { verb, args: [...rest, '--help'], json: sawJson(after), wants: verb === undefined ? 'help' : 'command' };
}

/** Index of the verb, or the length when there is none. */
function verbIndex(argv: readonly string[], commands: readonly CommandEntry[]): number {
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? '';
    if (token === '--') return argv.length;
    if (WITH_VALUE.has(token)) index++;
    else if (!token.startsWith('-') && !isValueOf(argv[index - 1], token, commands)) return index;
  }
  return argv.length;
}

/** `--tail 5 logs`: the flag of a verb that is not known yet takes the next word unless that is a verb. */
function isValueOf(flag: string | undefined, token: string, commands: readonly CommandEntry[]): boolean {
  if (flag === undefined || !flag.startsWith('--') || flag.includes('=')) return false;
  return !WITHOUT_VALUE.has(flag) && !WITH_VALUE.has(flag) && findIn(commands, token) === undefined && token !== 'help';
}

function jsonOf(entry: CommandEntry | undefined, before: readonly string[], after: readonly string[]): boolean {
  if (sawJson(before)) return true;
  const firstOperand = after.findIndex((token) => !token.startsWith('-'));
  return sawJson(entry?.passThrough === true && firstOperand >= 0 ? after.slice(0, firstOperand) : after);
}

function sawJson(tokens: readonly string[]): boolean {
  const end = tokens.indexOf('--');
  return tokens.slice(0, end < 0 ? tokens.length : end).includes('--json');
}
