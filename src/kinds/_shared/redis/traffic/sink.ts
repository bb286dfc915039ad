import { openBulk } from '../../../../clients/redis/bulk-connection.ts';
import type { AddWords } from '../../../../clients/redis/command-text.ts';
import {
  createEventWriter,
  type EventWriterInput,
  type RedisCommand,
  writeCommands,
} from '../../../../clients/redis/event-writer.ts';
import { errorText } from '../../../../errors.ts';
import type { ServiceInput } from '../../../../stack/contract/model.ts';
import type { SendOutcome, TrafficRun, TrafficSink } from '../../../../stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../../stack/contract/traffic-event.ts';
import { masterInstance, targetOf } from '../master.ts';
import type { RedisOptions } from '../options.ts';
import { placedIn } from './command-effects.ts';
import { type CommandsOf, commandsOf } from './commands.ts';
import { parseKeyTemplate } from './key-template.ts';
import type { PlacedWrite, WriteLog } from './last-writes.ts';
import { type RunWrites, writesOf } from './run-writes.ts';
import type { SinkSettings } from './settings.ts';

/** Deadline of a connection and of each command. */
export const TIMEOUT_MS = 3000;

interface Prepared extends Pick<TrafficEvent, 'sequence' | 'id'> {
  readonly commands: readonly RedisCommand[];
}

/** Events as commands over one connection to the master. @throws E_NOT_READY when there is no master now. */
export async function openSink(
  input: ServiceInput<RedisOptions>,
  settings: SinkSettings,
  run: TrafficRun,
): Promise<TrafficSink> {
  await masterInstance(input); // without a master it fails here, before anything is sent
  const writes = writesOf(run, input.service);
  const connect = async () => openBulk(targetOf(input, await masterInstance(input), TIMEOUT_MS));
  const stream = fixedStream(settings, run.runId);
  if (stream !== undefined) {
    writes.noteKey('stream', stream);
    if (run.repeats) {
      const { openRepeatable } = await import('../repeatable-stream.ts');
      return openRepeatable(input, { stream, connect, timeoutMs: TIMEOUT_MS }, (event, id, add) =>
        writeEntry(stream, id, event, add),
      );
    }
    const write = (event: TrafficEvent, add: AddWords) => writeEntry(stream, '*', event, add);
    return createEventWriter({ connect, write, timeoutMs: TIMEOUT_MS });
  }
  const prepareOne = preparing(settings, run.runId, writes);
  const { log } = writes;
  const first = writes.firstConnection();
  const writer = createEventWriter<Prepared>({
    connect,
    write: writePrepared,
    follow:
      log === undefined || !mayOverwrite(settings)
        ? undefined
        : (sent, connection) => followed(log, sent, first + connection),
    timeoutMs: TIMEOUT_MS,
  });
  return {
    send: async (events) => {
      const { prepared, refused } = prepare(events, prepareOne);
      const ready = writes.isReady();
      if (ready !== undefined) await ready;
      const outcomes = prepared.length === 0 ? [] : await writer.send(prepared);
      return refused.size === 0 ? outcomes : inOrder(events, outcomes, refused);
    },
    close: () => writer.close(),
  };
}

function fixedStream({ stream }: SinkSettings, runId: string): string | undefined {
  return stream === undefined ? undefined : parseKeyTemplate(stream.key, { runId, stars: false }).fixed;
}

/** The same command as others get from a list of words, which takes a third longer to make and to write. */
function writeEntry(stream: string, id: string, { body }: TrafficEvent, add: AddWords): 1 {
  const fields = Object.keys(body);
  add.begin(3 + 2 * fields.length);
  add.known('XADD');
  add.known(stream);
  add.word(id);
  for (const field of fields) {
    add.known(field);
    const value = body[field];
    add.word(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return 1;
}

function writePrepared({ commands }: Prepared, add: AddWords): number {
  return writeCommands(commands, add);
}

/** Makes the commands of an event and notes what they leave behind. Those of the user may be anything; of ours that is known. */
function preparing(settings: SinkSettings, runId: string, writes: RunWrites): CommandsOf {
  const commandsFor = commandsOf(settings, runId);
  const { sortedSet, channel, commands: areOfUser } = settings;
  if (channel !== undefined) return commandsFor;
  if (areOfUser) {
    return (event) => {
      const commands = commandsFor(event);
      writes.note(event.id, commands);
      return commands;
    };
  }
  const { type } = WRITTEN.find(({ name }) => settings[name] !== undefined) ?? { type: 'stream' };
  const isShared = sortedSet?.member !== undefined;
  return (event) => {
    const commands = commandsFor(event);
    const [, key = '', score, member = ''] = commands[0] ?? [];
    writes.noteKey(type, key);
    if (sortedSet !== undefined && (!isShared || member.includes(event.id))) writes.noteScore(key, Number(score));
    return commands;
  };
}

const WRITTEN = [
  { name: 'sortedSet', type: 'zset' },
  { name: 'hash', type: 'hash' },
  { name: 'list', type: 'list' },
  { name: 'string', type: 'string' },
] as const;

/** Whether one event may overwrite another. */
function mayOverwrite({ string, hash, sortedSet, commands }: SinkSettings): boolean {
  return (string ?? hash ?? sortedSet?.member ?? commands) !== undefined;
}

/** What cannot be written is refused by itself: an event whose key is made of a field that it does not have. */
function prepare(events: readonly TrafficEvent[], prepareOne: CommandsOf) {
  const prepared: Prepared[] = [];
  const refused = new Map<number, SendOutcome>();
  for (const event of events) {
    const { sequence, id } = event;
    try {
      prepared.push({ sequence, id, commands: prepareOne(event) });
    } catch (error) {
      refused.set(sequence, { type: 'rejected', reason: errorText(error) });
    }
  }
  return { prepared, refused };
}

function inOrder(
  events: readonly TrafficEvent[],
  outcomes: readonly SendOutcome[],
  refused: ReadonlyMap<number, SendOutcome>,
): readonly SendOutcome[] {
  let sent = 0;
  return events.map(({ sequence }) => refused.get(sequence) ?? outcomes[sent++] ?? NO_OUTCOME);
}

const NO_OUTCOME: SendOutcome = { type: 'unknown', reason: 'no outcome' };

function followed(
  log: WriteLog,
  events: readonly Prepared[],
  connection: number,
): ReturnType<NonNullable<EventWriterInput<Prepared>['follow']>> {
  const placed: PlacedWrite[] = [];
  for (const event of events) for (const command of event.commands) placed.push(...placedIn(command, event));
  const told = log.sent(placed, connection);
  return (outcomes) => {
    if (outcomes.every(({ type }) => type === 'acked')) return told(() => 'acked');
    const fates = new Map(outcomes.map(({ type }, index) => [events[index]?.sequence, type]));
    told((sequence) => fates.get(sequence) ?? 'unknown');
  };
}
