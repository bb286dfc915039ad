/** What `seed traffic` takes on its command line. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '../../lib/instant.ts';
import { parseRate, RATE_FORMS } from '../../lib/rate.ts';
import { isRunId } from '../../stack/contract/event-id.ts';
import { parseThreshold, THRESHOLD_EXAMPLE, type Threshold } from '../../traffic/thresholds.ts';
import type { Switch } from '../line/command.ts';
import { choiceOption, duration, option, timeoutOption } from '../line/options.ts';
import { COUNT } from './send-traffic.ts';

/** Beyond it the places in a run are no longer told by the digits of its ids in a sensible time. */
const MOST = 1_000_000_000;
export const MOST_IN_FLIGHT = 256;

export interface SeedFlags {
  readonly count: number | undefined;
  /** Milliseconds. */
  readonly duration: number | undefined;
  readonly untilStopped: Switch;
  readonly seed: number;
  /** Per second. */
  readonly rate: number | undefined;
  readonly concurrency: number | undefined;
  readonly retry: Switch;
  readonly threshold: readonly Threshold[];
  readonly profile: string | undefined;
  readonly epoch: 'now' | number | undefined;
  readonly emit: 'jsonl' | undefined;
  readonly digest: Switch;
  readonly html: string | undefined;
  readonly out: string | undefined;
  /** A run whose events are deleted. */
  readonly clean: string | undefined;
}

export function withSeedFlags(command: Command): Command {
  return command
    .option('--count <events>', `how many events, 1 to ${MOST} (default: ${COUNT})`, positive(MOST))
    .option(
      '--duration <duration>',
      'how long events are sent, e.g. 30s, 5m; with --count, whatever comes first',
      duration,
    )
    .option('--until-stopped', 'send until Ctrl-C; then everything is read back, and a second Ctrl-C ends that')
    .addOption(
      option({
        flags: '--seed <number>',
        description: 'equal seeds send equal events; a whole number',
        parse: integer,
        byDefault: '1',
      }),
    )
    .option(
      '--rate <rate>',
      "events per second, sent when they are due, e.g. 500, 5k/s, 30/m; without it the profile's with --duration and --until-stopped, else as fast as they are acknowledged",
      rate,
    )
    .option(
      '--concurrency <batches>',
      "how many batches may be on their way at the same time; without it the profile's send.inFlight",
      positive(MOST_IN_FLIGHT),
    )
    .option(
      '--retry',
      'send again what was not acknowledged, where a repetition cannot be stored twice; refused where it could',
    )
    .addOption(thresholdOption())
    .option(
      '--profile <name>',
      "which of the stack's traffic profiles; without it, the only one, or the one that says default: true",
    )
    .option(
      '--epoch <instant>',
      'where timestamps start: now, an instant (2026-01-01T00:00:00Z), or a date (its midnight in UTC); without it, what the profile says',
      epoch,
    )
    .addOption(
      choiceOption('--emit <format>', 'send nothing: print what would be sent, a line for each event', ['jsonl']),
    )
    .option('--digest', 'send nothing: print the SHA-256 of these lines')
    .option('--html <file>', 'write a page there that shows the run over time; it needs no other file and no network')
    .option('--out <file>', 'write the result and its course there as JSON, and its histograms beside it (.hdr)')
    .option(
      '--clean <run>',
      'send nothing: delete what this run wrote (its id, as its report prints it) from the stores of the profile, and read back that nothing is left',
      runId,
    )
    .addOption(
      timeoutOption(
        'longest wait for the stores to have everything, and longest --retry of a batch; without it, what the profile says, and 30s',
      ),
    );
}

/** May be given several times. @param refusal why runs of this action cannot be held against one; undefined: they can. */
export function thresholdOption(refusal: (threshold: Threshold) => string | undefined = () => undefined): Option {
  return new Option(
    '--threshold <expression>',
    `what the run has to reach (exit code 6): ${THRESHOLD_EXAMPLE} (repeatable)`,
  )
    .argParser((text: string, before: readonly Threshold[]): readonly Threshold[] => [
      ...before,
      threshold(text, refusal),
    ])
    .default([]);
}

function runId(text: string): string {
  if (isRunId(text)) return text;
  throw new InvalidArgumentError('Give the id of a run as its report prints it: a1b2c3d4-e5f6.');
}

export function positive(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`);
    return value;
  };
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Give a whole number.');
  return value;
}

export function rate(text: string): number {
  const value = parseRate(text);
  if (value === undefined) throw new InvalidArgumentError(`It ${RATE_FORMS}.`);
  return value;
}

function threshold(text: string, refusal: (threshold: Threshold) => string | undefined): Threshold {
  const parsed = parseThreshold(text);
  if ('problem' in parsed) throw new InvalidArgumentError(`It ${parsed.problem}.`);
  const why = refusal(parsed);
  if (why !== undefined) throw new InvalidArgumentError(why);
  return parsed;
}

function epoch(text: string): number | 'now' {
  if (text === 'now') return text;
  const instant = parseInstant(text);
  if ('ms' in instant) return instant.ms;
  throw new InvalidArgumentError(`It ${instant.problem}; or write now.`);
}
