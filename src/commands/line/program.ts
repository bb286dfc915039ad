import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import type { Progress } from '../../lib/events.ts';
import { packageRoot } from '../../lib/package-root.ts';
import type { Answer } from '../../output/outcome.ts';
import { confirm } from '../../output/prompt.ts';
import { suggest } from '../../stack/source/suggest.ts';
import { VERSION } from '../../version.ts';
import type { CommandLine } from './argv.ts';
import type { CommandContext, CommandEntry, CommandResult, Passthrough } from './command.ts';
import type { GlobalFlags } from './global-options.ts';
import { overview } from './help.ts';
import { COMMANDS, findCommand } from './table.ts';
import { findTarget } from './target.ts';

/** What a run gets from the process it runs in. */
export interface ProgramHost {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looked at only when a command runs: opening stdin costs time. */
  readonly stdin: () => Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly print: CommandContext['print'];
  readonly signal: AbortSignal;
  readonly isInteractive: () => boolean;
  readonly progress: Progress;
}

export interface Ending {
  readonly answer: Answer;
  /** The run worked and its answer is a no. */
  readonly failure?: StackctlError | undefined;
}

/** Finds the command, reads its flags, runs it. @throws whatever the command throws; E_USAGE for a wrong line. */
export async function runLine(line: CommandLine, surroundings: ProgramHost): Promise<Ending> {
  if (line.wants === 'version' && !line.json) return text(VERSION);
  if (line.wants === 'help') return text(overview());
  if (line.verb === undefined) return { ...text(overview()), failure: noCommand() };
  const entry = requireCommand(line.verb);
  const [target, { parseFlags }] = await Promise.all([findTarget(entry, line.args), import('./parse.ts')]);
  const { module } = target;
  try {
    const parsed = parseFlags(target.entry, module, target.args);
    if (parsed.type === 'help') return text(parsed.text);
    return ending(await module.run(contextOf(parsed.global, surroundings), parsed.args, parsed.flags));
  } catch (error) {
    if (!line.json) module.tellError?.(error, surroundings.stdout);
    throw error;
  }
}

function text(answer: string): Ending {
  return { answer: { type: 'text', text: answer } };
}

function noCommand(): StackctlError {
  return new StackctlError('E_USAGE', 'no command given', {
    hint: 'Run: stackctl --help',
    details: { reason: 'noCommand' },
  });
}

function requireCommand(verb: string): CommandEntry {
  const entry = findCommand(verb);
  if (entry !== undefined) return entry;
  const near = suggest(verb, visibleNames());
  throw new StackctlError('E_USAGE', `unknown command '${verb}'`, {
    hint: near === undefined ? 'Run: stackctl --help' : `Did you mean ${near}? Run: stackctl --help`,
    details: { reason: 'unknownCommand', ...defined({ didYouMean: near }) },
  });
}

function visibleNames(): readonly string[] {
  return COMMANDS.filter(({ group }) => group !== undefined).flatMap(({ name, aliases }) => [name, ...aliases]);
}

function contextOf(global: GlobalFlags, surroundings: ProgramHost): CommandContext {
  const { progress, isInteractive, ...rest } = surroundings;
  const stdin = surroundings.stdin();
  const interactive = isInteractive();
  return {
    ...rest,
    templatesFolder: join(packageRoot(), 'templates'),
    stdin,
    interactive,
    global,
    emit: progress.emit,
    confirm: async (question) => {
      await progress.close();
      await confirm(question, { ...rest, stdin, interactive, yes: global.yes });
    },
  };
}

function ending(result: CommandResult | Passthrough): Ending {
  if (!('text' in result)) return { answer: { type: 'none', exitCode: result.exitCode } };
  return { answer: { type: 'result', data: result.data, text: result.text }, failure: result.failure };
}
