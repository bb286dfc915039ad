import { findCommand } from './table.ts';

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

const WITH_VALUE: ReadonlySet<string> = new Set(['--project', '--runtime', '--set', '--values', '--timeout']);
const WITHOUT_VALUE: ReadonlySet<string> = new Set(['--json', '--yes', '--help', '--version']);

/** Finds the verb, wherever flags stand around it. Whether the flags are right is commander's question. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const at = verbIndex(argv);
  const before = argv.slice(0, at);
  const verb = argv[at];
  const after = argv.slice(at + 1);
  if (before.includes('--version') || before.includes('-V')) {
    return { verb: 'version', args: [], json: sawJson(before) || sawJson(after), wants: 'version' };
  }
  if (verb === 'help') return helpLine(after);
  const args = [...before, ...after];
  const asked = before.includes('--help') || before.includes('-h');
  return { verb, args, json: jsonOf(verb, before, after), wants: asked && verb === undefined ? 'help' : 'command' };
}

/** `help up` is `up --help`. */
function helpLine(after: readonly string[]): CommandLine {
  const verb = after.find((token) => !token.startsWith('-'));
  return { verb, args: ['--help'], json: sawJson(after), wants: verb === undefined ? 'help' : 'command' };
}

/** Index of the verb, or the length when there is none. */
function verbIndex(argv: readonly string[]): number {
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? '';
    if (token === '--') return argv.length;
    if (WITH_VALUE.has(token)) index++;
    else if (!token.startsWith('-') && !isValueOf(argv[index - 1], token)) return index;
  }
  return argv.length;
}

/** `--tail 5 logs`: the flag of a verb that is not known yet takes the next word unless that is a verb. */
function isValueOf(flag: string | undefined, token: string): boolean {
  if (flag === undefined || !flag.startsWith('--') || flag.includes('=')) return false;
  return !WITHOUT_VALUE.has(flag) && !WITH_VALUE.has(flag) && findCommand(token) === undefined && token !== 'help';
}

function jsonOf(verb: string | undefined, before: readonly string[], after: readonly string[]): boolean {
  if (sawJson(before)) return true;
  const passThrough = verb !== undefined && findCommand(verb)?.passThrough === true;
  const firstOperand = after.findIndex((token) => !token.startsWith('-'));
  return sawJson(passThrough && firstOperand >= 0 ? after.slice(0, firstOperand) : after);
}

function sawJson(tokens: readonly string[]): boolean {
  const end = tokens.indexOf('--');
  return tokens.slice(0, end < 0 ? tokens.length : end).includes('--json');
}
