import type { SendOutcome, TrafficEvent, TrafficSink } from '../../stack/contract/traffic.ts';
import type { BulkConnection, BulkResult } from './bulk-connection.ts';
import { failureText } from './failure.ts';
import { refusalOf } from './refusal.ts';
import { commandText } from './reply.ts';
import type { Odd } from './scan-reply.ts';

export type RedisCommand = readonly [name: string, ...args: string[]];

export interface EventWriterInput {
  /** A connection to the server that takes writes now. Rejects when there is no such server. */
  readonly connect: () => Promise<BulkConnection>;
  /** What stores one event; more than one command is one transaction. */
  readonly commandsOf: (event: TrafficEvent) => readonly RedisCommand[];
  /** Deadline of a command, for messages. */
  readonly timeoutMs: number;
}

/** Writes events in batches over one connection, and over a new one after any doubt. */
export function createEventWriter({ connect, commandsOf, timeoutMs }: EventWriterInput): TrafficSink {
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
  const forget = (known: Promise<BulkConnection>): void => {
    if (opening !== known) return;
    opening = undefined;
    known.then(
      (client) => client.close(),
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
    const { text, ends } = written(events, commandsOf);
    const result = await client.send(text, ends.at(-1) ?? 0);
    if (result.error === undefined && result.odd.size === 0) return events.map(() => ACKED);
    const outcomes = ends.map((end, index) => outcomeOf({ from: ends[index - 1] ?? 0, end }, result, timeoutMs));
    if (outcomes.some((outcome) => outcome.type === 'unknown' || isAway(outcome))) forget(known);
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

const MULTI = commandText(['MULTI']);
const EXEC = commandText(['EXEC']);

/** The commands of all events, and behind how many of them those of each event end. */
function written(events: readonly TrafficEvent[], commandsOf: EventWriterInput['commandsOf']) {
  let text = '';
  let end = 0;
  const ends: number[] = [];
  for (const event of events) {
    const commands = commandsOf(event);
    const isOne = commands.length === 1;
    if (!isOne) text += MULTI;
    for (const command of commands) text += commandText(command);
    if (!isOne) text += EXEC;
    end += isOne ? 1 : commands.length + 2;
    ends.push(end);
  }
  return { text, ends };
}

/** The last reply decides: of the command itself, or of EXEC, whose value is the list of what its commands did. */
function outcomeOf(
  { from, end }: { readonly from: number; readonly end: number },
  { answered, odd, error, isUnsent }: BulkResult,
  timeoutMs: number,
): SendOutcome {
  if (isUnsent) return unreachable(error, timeoutMs);
  const own = Array.from({ length: end - from }, (_, index) => odd.get(from + index));
  // Behind a MULTI that was refused each command would have been one of its own.
  const told = answered < end ? own.slice(1) : own;
  const refusal = told.map((one) => refusalOf(one?.kind === 'error' ? one.error : undefined)).find((one) => one);
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
