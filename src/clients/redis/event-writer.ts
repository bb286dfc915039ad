import type { SendOutcome, TrafficEvent, TrafficSink } from '../../stack/contract/traffic.ts';
import type { BulkConnection, BulkResult } from './bulk-connection.ts';
import { type AddWords, commandsAsText } from './command-text.ts';
import { failureText } from './failure.ts';
import { refusalOf } from './refusal.ts';
import type { Odd } from './scan-reply.ts';

export type RedisCommand = readonly [name: string, ...args: string[]];

/** Writes what stores one event. @returns how many commands it was; more than one are one transaction. */
export type WriteEvent = (event: TrafficEvent, add: AddWords) => number;

export interface EventWriterInput {
  /** A connection to the server that takes writes now. Rejects when there is no such server. */
  readonly connect: () => Promise<BulkConnection>;
  readonly write: WriteEvent;
  /** Deadline of a command, for messages. */
  readonly timeoutMs: number;
}

/** Writes events in batches over one connection, and over a new one after any doubt. */
export function createEventWriter({ connect, write, timeoutMs }: EventWriterInput): TrafficSink {
  let opening: Promise<BulkConnection> | undefined;
  let open: BulkConnection | undefined;

  const connection = (): Promise<BulkConnection> => {
    if (opening !== undefined && open?.isOpen() !== false) return opening;
    const own = connect();
    opening = own;
    open = undefined;
    own.then(
      (client) => {
        if (opening === own) open = client;
      },
      () => forget(own),
    );
    return own;
  };
  const forget = (known: Promise<BulkConnection>, end: 'close' | 'retire' = 'close'): void => {
    if (opening !== known) return;
    opening = undefined;
    known.then(
      (client) => client[end](),
      () => undefined, // one that never came about has nothing to end
    );
  };

  const send = async (events: readonly TrafficEvent[]): Promise<readonly SendOutcome[]> => {
    const known = connection();
    let client: BulkConnection;
    try {
      client = await known;
    } catch (error) {
      return events.map(() => unreachable(error, timeoutMs));
    }
    const prepared = prepare(events, write);
    if (prepared instanceof Error) return events.map(() => ({ type: 'rejected', reason: prepared.message }));
    const { commands, ends } = prepared;
    const result = await client.send(commands, ends.at(-1) ?? 0);
    if (result.error === undefined && result.odd.size === 0) return new Array<SendOutcome>(events.length).fill(ACKED);
    const outcomes = ends.map((end, index) => outcomeOf({ from: ends[index - 1] ?? 0, end }, result, timeoutMs));
    if (outcomes.some(({ type }) => type === 'unknown')) forget(known);
    // Batches behind it will be told the same: until they are, what became of them is not known.
    else if (outcomes.some(isAway)) forget(known, 'retire');
    return outcomes;
  };

  return {
    send,
    close: async () => {
      if (opening !== undefined) forget(opening);
    },
  };
}

const ACKED: SendOutcome = { type: 'acked' };

function unreachable(error: unknown, timeoutMs: number): SendOutcome {
  return { type: 'rejected', reason: failureText(error, timeoutMs), unreachable: true };
}

function isAway(outcome: SendOutcome): boolean {
  return outcome.type === 'rejected' && outcome.unreachable === true;
}

/** The error of an event that cannot be written: nothing of its batch is sent then. */
function prepare(events: readonly TrafficEvent[], write: WriteEvent): ReturnType<typeof written> | Error {
  try {
    return written(events, write);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The commands of all events, and behind how many of them those of each event end. */
function written(events: readonly TrafficEvent[], write: WriteEvent) {
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

function writeCommand([name, ...args]: RedisCommand, add: AddWords): void {
  add.begin(args.length + 1);
  add.known(name);
  for (const arg of args) add.word(arg);
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
