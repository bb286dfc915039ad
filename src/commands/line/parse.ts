import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { StackctlError } from '../../errors.ts';
import { runtimeNames } from '../../stack/contract/plugins.ts';
import type { CommandEntry, CommandModule } from './command.ts';
import { flagsOf, GLOBAL_OPTIONS, type GlobalFlags, type GlobalOption, HELP_OPTION } from './global-options.ts';
import { choiceOption, duration, HELP_FORMAT, listOption } from './options.ts';

export type Parsed =
  | { readonly type: 'help'; readonly text: string }
  | {
      readonly type: 'run';
      readonly args: readonly string[];
      /** The verb's own, as its `configure` declares them. */
      readonly flags: never;
      readonly global: GlobalFlags;
    };

/** @throws E_USAGE for an unknown flag, a missing argument or a value that does not fit. */
export function parseFlags(entry: CommandEntry, module: CommandModule<never>, args: readonly string[]): Parsed {
  const command = buildCommand(entry, module);
  let help = '';
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => undefined,
  });
  try {
    command.parse(withPresets(command, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { type: 'help', text: help.trimEnd() };
    throw usageError(entry, error);
  }
  const { flags, global } = separate(command);
  return { type: 'run', args: command.args, flags, global };
}

/** A value that may be left out is given with `=` only: the word behind such a flag is no value of it. */
function withPresets(command: Command, args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return args.map((arg, index) => {
    const option = command.options.find(({ long, optional }) => optional && long === arg);
    return option === undefined || (end !== -1 && index > end) ? arg : `${arg}=${option.presetArg}`;
  });
}

/** The commander command of a verb, with its own and the global flags. Also read by completion. */
export function buildCommand(entry: CommandEntry, module: CommandModule<never>): Command {
  const command = new Command(`stackctl ${entry.name}`).summary(entry.summary).description(sentence(entry.summary));
  command.aliases([...entry.aliases]);
  if (entry.passThrough) command.passThroughOptions();
  module.configure(command);
  if (module.actions !== undefined) command.addHelpText('after', actionsText(module.actions));
  const own = command.options.map(({ long }) => long);
  command.configureHelp(HELP_FORMAT);
  command.optionsGroup('Global options:').helpOption(flagsOf(HELP_OPTION), HELP_OPTION.description);
  for (const option of GLOBAL_OPTIONS) if (!own.includes(option.long)) command.addOption(commanderOption(option));
  return command;
}

function actionsText(actions: readonly CommandEntry[]): string {
  const width = Math.max(...actions.map(({ name }) => name.length));
  const rows = actions.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return ['', 'Actions:', ...rows].join('\n');
}

function commanderOption(option: GlobalOption): Option {
  const [flags, description] = [flagsOf(option), option.description];
  if (option.refusal !== undefined) return refusedOption(flags, option.refusal);
  switch (option.takes) {
    case 'list':
      return listOption(flags, description);
    case 'duration':
      return new Option(flags, description).argParser(duration);
    case 'runtime':
      return choiceOption(flags, description, ['auto', ...runtimeNames()]);
    default:
      return new Option(flags, description);
  }
}

/** Of a verb that would not read it: nothing is accepted and then left out of account. */
function refusedOption(flags: string, refusal: string): Option {
  const refuse = (): never => {
    throw new InvalidArgumentError(refusal);
  };
  return new Option(flags).hideHelp().argParser(refuse);
}

/** The options of the verb and the global ones, which are named by the type that is made from their table. */
function separate(command: Command): { flags: never; global: GlobalFlags } {
  const flags = { ...command.opts() };
  const global: Record<string, unknown> = {};
  for (const option of GLOBAL_OPTIONS) {
    const name = new Option(flagsOf(option)).attributeName();
    const given = flags[name];
    delete flags[name];
    global[option.takes === 'duration' ? `${name}Ms` : name] = option.value === undefined ? given === true : given;
  }
  // What `configure` has declared is what `run` of the same module takes; commander cannot say so in types.
  return { flags: flags as never, global: global as unknown as GlobalFlags };
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
