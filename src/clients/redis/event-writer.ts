import type { SendOutcome, TrafficSink } from '../../stack/contract/traffic.ts';
import type { TrafficEvent } from '../../stack/contract/traffic-event.ts';
import type { BulkConnection, BulkResult } from './bulk-connection.ts';
import { type AddWords, type CommandText, commandsAsText } from './command-text.ts';
import { failureText } from './failure.ts';
import { refusalOf } from './refusal.ts';
import type { Odd } from './scan-reply.ts';

export type RedisCommand = readonly [name: string, ...args: string[]];

/** Writes what stores one event. @returns how many commands it was; more than one are one transaction. */
export type WriteEvent<Event = TrafficEvent> = (event: Event, add: AddWords) => number;

export interface EventWriterInput<Event = TrafficEvent> {
  /** A connection to the server that takes writes now. Rejects when there is no such server. */
  readonly connect: () => Promise<BulkConnection>;
  readonly write: WriteEvent<Event>;
  /** Told of events when they leave, in the order in which they do, and of their outcomes. @param connection a number of its own. */
  readonly follow?: ((events: readonly Event[], connection: number) => Told) | undefined;
  /** Deadline of a command, for messages. */
  readonly timeoutMs: number;
}

type Told = (outcomes: readonly SendOutcome[]) => void;

export interface EventWriter<Event> extends Pick<TrafficSink, 'close'> {
  /** As that of a `TrafficSink`. */
  send(events: readonly Event[]): Promise<readonly SendOutcome[]>;
}

/** Writes events in batches over one connection, and over a new one after any doubt. */
export function createEventWriter<Event>({
  connect,
  write,
  follow,
  timeoutMs,
}: EventWriterInput<Event>): EventWriter<Event> {
  const { current, forget, close } = oneConnection(connect);
  const send = async (events: readonly Event[]): Promise<readonly SendOutcome[]> => {
    const { known, number } = current();
    let client: BulkConnection;
    try {
      client = await known;
    } catch (error) {
      return events.map(() => unreachable(error, timeoutMs));
    }
    const prepared = prepare(events, write);
    if (prepared instanceof Error) return events.map(() => ({ type: 'rejected', reason: prepared.message }));
    const { commands, ends } = prepared;
    const told = follow?.(events, number);
    const result = await client.send(commands, ends.at(-1) ?? 0);
    const isFine = result.error === undefined && result.odd.size === 0;
    const outcomes = isFine
      ? new Array<SendOutcome>(events.length).fill(ACKED)
      : ends.map((end, index) => outcomeOf({ from: ends[index - 1] ?? 0, end }, result, timeoutMs));
    told?.(outcomes);
    if (isFine) return outcomes;
    if (outcomes.some(({ type }) => type === 'unknown')) forget(known);
    // Batches behind it will be told the same: until they are, what became of them is not known.
    else if (outcomes.some(isAway)) forget(known, 'retire');
    return outcomes;
  };

  return { send, close: async () => close() };
}

/** Opened when it is needed, and anew when it is over. */
function oneConnection(connect: () => Promise<BulkConnection>) {
  let opening: Promise<BulkConnection> | undefined;
  let open: BulkConnection | undefined;
  let number = 0;
  const current = (): { readonly known: Promise<BulkConnection>; readonly number: number } => {
    if (opening !== undefined && open?.isOpen() !== false) return { known: opening, number };
    const own = connect();
    number += 1;
    opening = own;
    open = undefined;
    own.then(
      (client) => {
        if (opening === own) open = client;
      },
      () => forget(own),
    );
    return { known: own, number };
  };
  const forget = (known: Promise<BulkConnection>, end: 'close' | 'retire' = 'close'): void => {
    if (opening !== known) return;
    opening = undefined;
    known.then(
      (client) => client[end](),
      () => undefined, // one that never came about has nothing to end
    );
  };
  const close = (): void => {
    if (opening !== undefined) forget(opening);
  };
  return { current, forget, close };
}

const ACKED: SendOutcome = { type: 'acked' };

function unreachable(error: unknown, timeoutMs: number): SendOutcome {
  return { type: 'rejected', reason: failureText(error, timeoutMs), unreachable: true };
}

function isAway(outcome: SendOutcome): boolean {
  return outcome.type === 'rejected' && outcome.unreachable === true;
}

interface Written {
  readonly commands: CommandText;
  readonly ends: readonly number[];
}

/** The error of an event that cannot be written: nothing of its batch is sent then. */
function prepare<Event>(events: readonly Event[], write: WriteEvent<Event>): Written | Error {
  try {
    return written(events, write);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The commands of all events, and behind how many of them those of each event end. */
function written<Event>(events: readonly Event[], write: WriteEvent<Event>): Written {
  const ends: number[] = new Array(events.length);
  const commands = commandsAsText((add) => {
    let end = 0;
    for (let index = 0; index < events.length; index++) {
      const event = events[index];
      if (event !== undefined) end += write(event, add);
      ends[index] = end;
    }
  });
  return { commands, ends };
}

/** Several commands as one transaction. */
export function writeCommands(commands: readonly RedisCommand[], add: AddWords): number {
  const isOne = commands.length === 1;
  if (!isOne) writeCommand(['MULTI'], add);
  for (const command of commands) writeCommand(command, add);
  if (!isOne) writeCommand(['EXEC'], add);
  return isOne ? 1 : commands.length + 2;
}

function writeCommand(command: RedisCommand, add: AddWords): void {
  add.begin(command.length);
  add.known(command[0]);
  for (let index = 1; index < command.length; index++) add.word(command[index] ?? '');
}

/** The last reply decides: of the command itself, or of EXEC, whose value is the list of what its commands did. */
function outcomeOf(
  { from, end }: { readonly from: number; readonly end: number },
  { answered, odd, error, isUnsent }: BulkResult,
  timeoutMs: number,
): SendOutcome {
  if (isUnsent) return unreachable(error, timeoutMs);
  const own = Array.from({ length: end - from }, (_, index) => odd.get(from + index));
  const refusals = own.map((one) => refusalOf(one?.kind === 'error' ? one.error : undefined));
  const refusal = refusals.find((one) => one !== undefined);
  // Behind a MULTI that was refused each command was one of its own.
  const isTorn = end - from > 1 && own[0]?.kind === 'error' && refusals.slice(1, -1).includes(undefined);
  if (isTorn) return { type: 'unknown', reason: failureText(own[0]?.error, timeoutMs) };
  if (refusal !== undefined)
    return { type: 'rejected', reason: refusal.reason, ...(refusal.unreachable ? { unreachable: true } : {}) };
  if (answered < end) return { type: 'unknown', reason: failureText(error, timeoutMs) };
  const last = own.at(-1);
  if (last?.kind === 'error') return { type: 'unknown', reason: failureText(last.error, timeoutMs) };
  return end - from === 1 || last === undefined ? ACKED : inTransaction(last);
}

function inTransaction({ kind, error }: Odd): SendOutcome {
  return kind === 'null'
    ? { type: 'rejected', reason: 'the transaction was discarded' }
    : { type: 'unknown', reason: `in part: ${error?.message}` };
}
