/**
 * What every file in this folder exports: how its flags look (commander) and how a run goes (flags -> input -> feature
 * -> result). `main.ts` loads one command per run, prints its result and turns errors into exit codes.
 */
import type { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import type { StackctlError } from '../../errors.ts';
import type { Emit } from '../../lib/events.ts';
import type { GlobalFlags } from './global-options.ts';

export interface CommandContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly global: GlobalFlags;
  /** Absolute folder of the built-in stacks, in the installed package. */
  readonly templatesFolder: string;
  /** Aborts on SIGINT and SIGTERM with a StackctlError (E_INTERRUPTED, E_TERMINATED) as its reason. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Stdin and stderr are terminals, and `CI` is not set: questions may be asked. */
  readonly interactive: boolean;
  readonly stdin: Readable;
  /** Prints a line as it is, without colours where none are wanted, for commands that print as they go; a result is printed by main. */
  readonly print: (text: string) => void;
  /** For programs that are run and for NDJSON. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Asks on stderr. @throws E_NEEDS_CONFIRMATION naming `--yes` when not interactive. Returns at once with `--yes`. */
  readonly confirm: (question: string) => Promise<void>;
}

export interface CommandResult {
  /** `data` of the JSON envelope: JSON-ready, camelCase, the unit in the name. */
  readonly data: unknown;
  /** The answer for people, without a trailing newline. Empty: nothing is printed. */
  readonly text: string;
  /** The run worked and its answer is a no: printed as data and text, then as an error with its exit code. */
  readonly failure?: StackctlError;
}

/** The command wrote to stdout itself (exec, cli, env, completion, logs); only its exit code is left. */
export interface Passthrough {
  readonly exitCode: number;
}

/**
 * The file of a verb.
 * @typeParam Flags Its own options as `configure` declares them, by their names in camelCase.
 */
export interface CommandModule<Flags = NoFlags> {
  /** What the verb can do, where its first word says that: each action has arguments and options of its own. */
  readonly actions?: readonly CommandEntry[];
  /** Adds arguments and options to a commander command that already has its name and summary. */
  configure(command: Command): void;
  run(context: CommandContext, args: readonly string[], flags: Flags): Promise<CommandResult | Passthrough>;
  /** Tells the program that has called stackctl of an error, by a protocol of its own; it is printed on stderr too. */
  tellError?(error: unknown, stdout: Writable): void;
}

/** A verb without options of its own. */
export type NoFlags = Readonly<Record<never, never>>;

/** A switch that is absent unless it was given. */
export type Switch = true | undefined;

export type CommandGroup = 'Describe' | 'Run' | 'Look' | 'Reach in' | 'Prove' | 'This machine';

/** A row of the table of verbs. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Undefined: left out of `--help` and of completion. */
  readonly group: CommandGroup | undefined;
  /** Everything after its first argument belongs to the program that it runs. */
  readonly passThrough: boolean;
  readonly load: () => Promise<CommandModule<never>>;
}

/** The rows of a verb's actions, in the order of its help. */
export function actionTable(
  rows: readonly (readonly [name: string, summary: string, load: CommandEntry['load']])[],
): readonly CommandEntry[] {
  return rows.map(([name, summary, load]) => {
    return { name, summary, load, aliases: [], group: undefined, passThrough: false };
  });
}

/** The verb with this name or alias. */
export function findIn(commands: readonly CommandEntry[], name: string): CommandEntry | undefined {
  return commands.find((command) => command.name === name || command.aliases.includes(name));
}
