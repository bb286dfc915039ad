import { Command, CommanderError, Option } from 'commander';
import { StackctlError } from '../../errors.ts';
import { runtimeNames } from '../../stack/contract/plugins.ts';
import type { CommandModule, GlobalFlags } from './command.ts';
import { choiceOption, duration, HELP_FORMAT, listOption } from './options.ts';
import type { CommandEntry } from './table.ts';

export type Parsed =
  | { readonly type: 'help'; readonly text: string }
  | {
      readonly type: 'run';
      readonly args: readonly string[];
      readonly flags: Readonly<Record<string, unknown>>;
      readonly global: GlobalFlags;
    };

/** @throws E_USAGE for an unknown flag, a missing argument or a value that does not fit. */
export function parseFlags(entry: CommandEntry, module: CommandModule, args: readonly string[]): Parsed {
  const command = buildCommand(entry, module);
  let help = '';
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => undefined,
  });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { type: 'help', text: help.trimEnd() };
    throw usageError(entry, error);
  }
  const { flags, global } = separate(command);
  return { type: 'run', args: command.args, flags, global };
}

/** The commander command of a verb, with its own and the global flags. Also read by completion. */
export function buildCommand(entry: CommandEntry, module: CommandModule): Command {
  const command = new Command(`stackctl ${entry.name}`).summary(entry.summary).description(sentence(entry.summary));
  command.aliases([...entry.aliases]);
  if (entry.passThrough) command.passThroughOptions();
  module.configure(command);
  const own = command.options.map(({ long }) => long);
  command.configureHelp(HELP_FORMAT);
  command.optionsGroup('Global options:').helpOption('-h, --help', 'print this help');
  for (const option of globalOptions()) if (!own.includes(option.long)) command.addOption(option);
  return command;
}

function globalOptions(): readonly Option[] {
  return [
    new Option('--project <name>', 'the project, when the folder has several'),
    choiceOption('--runtime <name>', 'where instances run; without it, what the project has or auto', [
      'auto',
      ...runtimeNames(),
    ]),
    listOption('--set <key=value>', 'a value of the stack, e.g. redisPort=6390'),
    listOption('--values <file>', 'a YAML file with values of the stack'),
    new Option('--json', 'one JSON envelope on stdout'),
    new Option('-y, --yes', 'answer every question with yes'),
    new Option('--timeout <duration>', 'how long to wait, where the command waits: 500ms, 10s, 2m').argParser(duration),
  ];
}

function separate(command: Command): { flags: Readonly<Record<string, unknown>>; global: GlobalFlags } {
  const { project, runtime, set, values, json, yes, timeout, ...flags } = command.opts();
  const global: GlobalFlags = {
    project,
    runtime,
    set,
    values,
    json: json === true,
    yes: yes === true,
    timeoutMs: timeout,
  };
  return { flags, global };
}

/** commander's text is `error: what` and, on a second line, `(Did you mean --x?)`. */
function usageError(entry: CommandEntry, error: CommanderError): StackctlError {
  const [what = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.map((line) => line.replace(/^\((.*)\)$/, '$1')).join(' ');
  const help = `Run: stackctl ${entry.name} --help`;
  return new StackctlError('E_USAGE', what, {
    hint: suggestion === '' ? help : `${suggestion} ${help}`,
    details: { reason: error.code },
  });
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
