/** What `seed replay` takes on its command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseInstant } from '../../lib/instant.ts';
import { RECORDING_FORMATS, type RecordingFormat } from '../../traffic/replay/recorded-item.ts';
import { parseTimeBound, type TimeBound } from '../../traffic/replay/time-bound.ts';
import type { Threshold } from '../../traffic/thresholds.ts';
import type { Switch } from '../line/command.ts';
import { choiceOption, duration, option } from '../line/options.ts';
import { MOST_IN_FLIGHT, positive, rate, thresholdOption } from './flags.ts';

export interface ReplayFlags {
  readonly speed: number | 'max';
  readonly from: TimeBound | undefined;
  readonly to: TimeBound | undefined;
  readonly loop: Switch;
  readonly limitGap: number | undefined;
  readonly rate: number | undefined;
  readonly concurrency: number;
  readonly service: string | undefined;
  readonly profile: string | undefined;
  readonly format: RecordingFormat | undefined;
  readonly timeField: string | undefined;
  readonly keepCredentials: Switch;
  readonly threshold: readonly Threshold[];
}

export function withReplayFlags(command: Command): Command {
  const bound = (text: string): TimeBound => {
    const parsed = parseTimeBound(text);
    if (parsed === undefined) {
      const instant = parseInstant(text);
      const problem = 'problem' in instant ? `It ${instant.problem}; or give a time after the first item (10s).` : '';
      throw new InvalidArgumentError(problem);
    }
    return parsed;
  };
  return command
    .argument('<file>', 'a recording, plain or packed with gzip; - for standard input')
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(
      option({
        flags: '--speed <factor>',
        description: 'how much faster than recorded, e.g. 2, 0.5; max: without waits',
        parse: speed,
        byDefault: '1',
      }),
    )
    .option('--from <instant>', 'what was recorded from this instant, or this time after the first item, on', bound)
    .option('--to <instant>', 'what was recorded before it', bound)
    .option('--loop', 'again and again, until Ctrl-C')
    .option('--limit-gap <duration>', 'pauses longer than this are shortened to it', duration)
    .option(
      '--rate <rate>',
      'requests per second, for a recording without instants; without it, as fast as they are answered',
      rate,
    )
    .addOption(
      option({
        flags: '--concurrency <requests>',
        description: 'how many requests may be on their way at the same time',
        parse: positive(MOST_IN_FLIGHT),
        byDefault: '64',
      }),
    )
    .option('--service <name>', 'what requests and commands are sent to; without it, the only service that takes them')
    .option('--profile <name>', 'of events: the traffic profile whose service they are sent to')
    .addOption(choiceOption('--format <format>', 'of the recording; without it, by its content', RECORDING_FORMATS))
    .option(
      '--time-field <name>',
      'field or column that has the instant; without it, the first of at, ts, time, timestamp',
    )
    .option('--keep-credentials', 'send cookies, authorizations and keys as recorded; they are left out otherwise')
    .addOption(thresholdOption(notOfReplay));
}

function notOfReplay({ sink, metric }: Threshold): string | undefined {
  if (metric.startsWith('reconcile.')) return `Nothing is read back here, so there is no ${metric}.`;
  if (metric.startsWith('hits.'))
    return `No answer is asked here whether it came from a cache, so there is no ${metric}.`;
  return sink === undefined ? undefined : `Everything is sent to one service here: leave out ${sink} and its dot.`;
}

function speed(text: string): number | 'max' {
  if (text === 'max') return text;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (!(value > 0)) throw new InvalidArgumentError('Give a number above 0, or max.');
  return value;
}
