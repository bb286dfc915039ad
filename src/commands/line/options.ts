/** How options with a value are declared, so that `--help` shows what a person would type. */
import { type Argument, type Help, InvalidArgumentError, Option } from 'commander';
import { formatTyped, isTooLong, parseDuration } from '../../lib/duration.ts';

export interface OptionShape<T> {
  /** `--max-outage <duration>` */
  readonly flags: string;
  readonly description: string;
  /** @throws InvalidArgumentError saying what the option takes. */
  readonly parse: (text: string) => T;
  /** As typed, e.g. `10s`; it goes through `parse` like every other. Undefined: the description says what happens without. */
  readonly byDefault?: string;
  /** Shown by `--help` and offered by completion; `parse` is what refuses others. */
  readonly choices?: readonly string[];
}

export function option<T>({ flags, description, parse, byDefault, choices }: OptionShape<T>): Option {
  const made = new Option(flags, description).argParser(parse);
  if (byDefault !== undefined) made.default(parse(byDefault), byDefault);
  if (choices !== undefined) made.argChoices = [...choices];
  return made;
}

/** An option that takes one of a few words. */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
  byDefault?: string,
): Option {
  const made = new Option(flags, description).choices(choices);
  return byDefault === undefined ? made : made.default(byDefault, byDefault);
}

/** An option that may be given several times; its value is the list of what was given, in order. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`)
    .argParser((text: string, before: readonly string[]): readonly string[] => [...before, text])
    .default([]);
}

/** `--timeout` of a verb that has a limit of its own. Undefined when it is not given, so that a stack can have a say. */
export function timeoutOption(description: string, limitMs?: number): Option {
  const limit = limitMs === undefined ? '' : ` (default: ${formatTyped(limitMs)})`;
  return new Option('--timeout <duration>', `${description}${limit}`).argParser(duration);
}

/** Of verbs that may move a primary. */
export const NO_MEASURE = ['--no-measure', 'do not write to the master meanwhile to measure what it costs'] as const;

/** The limit of verbs that wait until a stack is ready. */
export const READY_LIMIT = "how long a start may take, e.g. 90s, 5m; without it, the stack's readiness.timeout";

/** The limit of verbs that end instances. */
export const STOP_LIMIT = 'how long an instance may take to end before it is killed; without it, what its kind gives';

/** Milliseconds. @throws InvalidArgumentError */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (isTooLong(text)) throw new InvalidArgumentError('That is too long: the most is 24d.');
  if (ms === undefined) throw new InvalidArgumentError('Give a number with a unit: 500ms, 10s, 2m.');
  return ms;
}

/** What commander's help would print as JSON: quoted choices, bare milliseconds, `[]`. */
export const HELP_FORMAT: Partial<Help> = {
  optionDescription: ({ description, argChoices, defaultValueDescription }: Option) =>
    explained(description, argChoices, defaultValueDescription),
  argumentDescription: ({ description, argChoices, defaultValueDescription }: Argument) =>
    explained(description, argChoices, defaultValueDescription),
};

/** Completion offers as many as there are; help is to be read. */
const SHOWN_CHOICES = 12;

function explained(text: string, choices: readonly string[] | undefined, byDefault: string | undefined): string {
  const more = [
    ...(choices === undefined || choices.length > SHOWN_CHOICES ? [] : [`one of: ${choices.join(', ')}`]),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
  ];
  return more.length === 0 ? text : `${text} (${more.join('; ')})`;
}
