import type { Argument, Command, Option } from 'commander';
import { readCommandLine } from '../line/argv.ts';
import { type CommandEntry, findIn } from '../line/command.ts';
import { HELP_OPTION } from '../line/global-options.ts';
import { timeoutOption } from '../line/options.ts';
import { buildCommand } from '../line/parse.ts';
import { findTarget } from '../line/target.ts';
import type { LiveNames } from './live-names.ts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What can stand where the cursor is: words, or the names of files, which the shell knows best. */
export type Candidates = { readonly type: 'words'; readonly words: readonly Candidate[] } | { readonly type: 'files' };

export interface CompletionInput {
  /** Everything after `stackctl`; the last one is being typed and may be empty. */
  readonly words: readonly string[];
  readonly commands: readonly CommandEntry[];
  readonly live: LiveNames;
}

/** The words that can stand where the last one is and begin like it. */
export async function candidatesFor(input: CompletionInput): Promise<Candidates> {
  const current = input.words.at(-1) ?? '';
  const found = await allCandidates(input, input.words.slice(0, -1), current);
  if (found.type === 'files') return found;
  return { type: 'words', words: found.words.filter(({ value }) => value.startsWith(current)) };
}

async function allCandidates(
  { commands, live }: CompletionInput,
  before: readonly string[],
  current: string,
): Promise<Candidates> {
  const line = readCommandLine(before, commands);
  const { verb } = line;
  const entry = verb === undefined ? undefined : findIn(commands, verb);
  const { command, args, actions } = await typed(entry, line.args);
  const { operands, pending } = walk(command, args);
  if (pending !== undefined) return optionValues(pending, '', live);
  const begun = command.options.find((option) => takesValue(option) && current.startsWith(`${option.long}=`));
  if (begun !== undefined) return optionValues(begun, `${begun.long}=`, live);
  if (entry?.passThrough === true && operands.length > 0) return { type: 'files' };
  if (current.startsWith('-')) return words(flagsOf(command, args));
  if (verb === undefined) return words(verbsOf(commands.filter(({ group }) => group !== undefined)));
  if (actions !== undefined) return words(verbsOf(actions));
  return entry === undefined ? words([]) : operandValues(command, operands, live);
}

/** A verb, or an action of one, as far as it was typed. Without a verb: a command that has the global options only. */
async function typed(entry: CommandEntry | undefined, words: readonly string[]): Promise<Typed> {
  const { entry: found, module, args } = await findTarget(entry ?? GLOBAL_ONLY, words);
  return { command: buildCommand(found, module), args, actions: module.actions };
}

interface Typed {
  readonly command: Command;
  /** The words behind it. */
  readonly args: readonly string[];
  /** The actions of a verb of which none was typed yet. */
  readonly actions: readonly CommandEntry[] | undefined;
}

const GLOBAL_ONLY: CommandEntry = {
  name: '',
  aliases: [],
  summary: '',
  group: undefined,
  passThrough: false,
  load: async () => ({
    configure: (command) => void command.addOption(timeoutOption('how long to wait')),
    run: async () => ({ exitCode: 0 }),
  }),
};

interface Walked {
  readonly operands: readonly string[];
  /** The option whose value is being typed. */
  readonly pending: Option | undefined;
}

function walk(command: Command, args: readonly string[]): Walked {
  const operands: string[] = [];
  let pending: Option | undefined;
  for (const word of args) {
    if (pending !== undefined) pending = undefined;
    else if (!word.startsWith('-')) operands.push(word);
    else pending = command.options.find((option) => option.required && [option.long, option.short].includes(word));
  }
  return { operands, pending };
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function flagsOf(command: Command, given: readonly string[]): readonly Candidate[] {
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .filter((option) => Array.isArray(option.defaultValue) || !given.includes(option.long ?? ''))
    .map((option) => ({ value: option.long ?? option.short ?? '', description: option.description }));
  return [...options, { value: HELP_OPTION.long, description: 'print help' }];
}

function verbsOf(commands: readonly CommandEntry[]): readonly Candidate[] {
  return commands.flatMap(({ name, aliases, summary }) =>
    [name, ...aliases].map((value) => ({ value, description: summary })),
  );
}

async function optionValues(option: Option, prefix: string, live: LiveNames): Promise<Candidates> {
  if (option.argChoices !== undefined) return named(option.argChoices, 'value', prefix);
  if (/<(file|dir|folder|path)>/i.test(option.flags)) return { type: 'files' };
  return option.long === '--project' ? named(await live.projects(), 'project', prefix) : words([]);
}

/** Commands say by the names of their arguments what can stand there. */
async function operandValues(command: Command, operands: readonly string[], live: LiveNames): Promise<Candidates> {
  const argument = argumentAt(command, operands.length);
  if (argument === undefined) return words([]);
  if (argument.argChoices !== undefined) return named(argument.argChoices, 'value');
  if (/^(stack|project)/.test(argument.name())) return stacksAndProjects(live);
  // Only the kind of the service knows its views.
  if (argument.name() === 'view') return words([]);
  const first = command.registeredArguments[0]?.name() ?? '';
  const { services, instances } = await live.members(/^(stack|project)/.test(first) ? operands[0] : undefined);
  if (/=/.test(argument.name()))
    return named(
      services.map((service) => `${service}=`),
      'service',
    );
  return words([...candidates(services, 'service'), ...candidates(instances, 'instance')]);
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}

async function stacksAndProjects(live: LiveNames): Promise<Candidates> {
  const [projects, stacks] = await Promise.all([live.projects(), live.stacks()]);
  const others = stacks.filter((stack) => !projects.includes(stack));
  return words([...candidates(projects, 'project'), ...candidates(others, 'stack')]);
}

function named(values: readonly string[], description: string, prefix = ''): Candidates {
  return words(
    candidates(
      values.map((value) => `${prefix}${value}`),
      description,
    ),
  );
}

function candidates(values: readonly string[], description: string): readonly Candidate[] {
  return values.map((value) => ({ value, description }));
}

function words(all: readonly Candidate[]): Candidates {
  return { type: 'words', words: all };
}
