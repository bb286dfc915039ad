/** What `seed record` takes on its command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseMemorySize } from '../../lib/memory-size.ts';
import { RECORD_FORMATS, type RecordFormat } from '../../traffic/record/record-format.ts';
import type { Switch } from '../line/command.ts';
import { choiceOption, duration, option } from '../line/options.ts';
import { positive } from './flags.ts';

export interface RecordFlags {
  readonly out: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly count: number | undefined;
  readonly format: RecordFormat | undefined;
  /** Bytes. */
  readonly bodyLimit: number;
  readonly keepCredentials: Switch;
}

const MOST = 1_000_000_000;
/** A line of a recording that is replayed has 16 MiB at most, and a body may be twice as long in JSON. */
const LARGEST_BODY = 4 * 1024 * 1024;

export function withRecordFlags(command: Command): Command {
  return command
    .argument('[service]', 'whose requests are recorded; without it, the only service that can be')
    .requiredOption('--out <file>', 'the recording; what only its owner may read')
    .addOption(
      option({
        flags: '--duration <duration>',
        description: 'how long it records at most, e.g. 30s, 1h; Ctrl-C ends it earlier',
        parse: duration,
        byDefault: '5m',
      }),
    )
    .option('--count <requests>', `how many requests it records at most, 1 to ${MOST}`, positive(MOST))
    .addOption(
      choiceOption(
        '--format <format>',
        'of the recording; without it har for requests of HTTP, monitor for commands of Redis',
        RECORD_FORMATS,
      ),
    )
    .addOption(
      option({
        flags: '--body-limit <size>',
        description: 'a larger body of a request is noted as not recorded, e.g. 64kb, 4mb at most',
        parse: bodyLimit,
        byDefault: '1mb',
      }),
    )
    .option('--keep-credentials', 'record cookies, authorizations and keys as they came; they are left out otherwise');
}

function bodyLimit(text: string): number {
  const bytes = parseMemorySize(text);
  if (bytes === undefined || bytes > LARGEST_BODY)
    throw new InvalidArgumentError('Give a size up to 4mb, e.g. 64kb; 0 records no bodies.');
  return Number(bytes);
}
