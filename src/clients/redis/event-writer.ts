import type { Redis } from 'ioredis';
import type { SendOutcome, TrafficEvent, TrafficSink } from '../../stack/contract/traffic.ts';
import { disconnect } from './connect.ts';
import { failureText } from './failure.ts';
import { refusalOf } from './refusal.ts';

export type RedisCommand = readonly [name: string, ...args: string[]];

export interface EventWriterInput {
  /** A connection to the server that takes writes now. Rejects when there is no such server. */
  readonly connect: () => Promise<Redis>;
  /** What stores one event; more than one command is one transaction. */
  readonly commandsOf: (event: TrafficEvent) => readonly RedisCommand[];
  /** Deadline of a command, for messages. */
  readonly timeoutMs: number;
}

/** Writes events in pipelines over one connection, and over a new one after any doubt. */
export function createEventWriter({ connect, commandsOf, timeoutMs }: EventWriterInput): TrafficSink {
  let current: Promise<Redis> | undefined;

  const connection = (): Promise<Redis> => {
    if (current === undefined) {
      const opening = connect();
      current = opening;
      opening.then(
        (client) => client.once('end', () => forget(opening)),
        () => forget(opening),
      );
    }
    return current;
  };
  const forget = (known: Promise<Redis>): void => {
    if (current !== known) return;
    current = undefined;
    known.then(disconnect, () => undefined); // one that never came about has nothing to end
  };

  const send = async (events: readonly TrafficEvent[]): Promise<readonly SendOutcome[]> => {
    const opening = connection();
    let client: Redis;
    try {
      client = await opening;
    } catch (error) {
      const outcome: SendOutcome = { type: 'rejected', reason: failureText(error, timeoutMs), unreachable: true };
      return events.map(() => outcome);
    }
    const outcomes = await writeAll(client, events.map(commandsOf), timeoutMs);
    if (outcomes.some((outcome) => outcome.type === 'unknown' || isAway(outcome))) forget(opening);
    return outcomes;
  };

  return {
    send,
    close: async () => {
      if (current !== undefined) forget(current);
    },
  };
}

function isAway(outcome: SendOutcome): boolean {
  return outcome.type === 'rejected' && outcome.unreachable === true;
}

async function writeAll(
  client: Redis,
  groups: readonly (readonly RedisCommand[])[],
  timeoutMs: number,
): Promise<readonly SendOutcome[]> {
  const pipeline = client.pipeline();
  for (const commands of groups) for (const [name, ...args] of inTransaction(commands)) pipeline.call(name, ...args);
  // Never rejects for what a server does: every command has its own error.
  const replies = (await pipeline.exec()) ?? [];
  let next = 0;
  return groups.map((commands) => {
    const last = next + inTransaction(commands).length - 1;
    const own = replies.slice(next, last + 1);
    next = last + 1;
    return outcomeOf(own, commands.length > 1, timeoutMs);
  });
}

function inTransaction(commands: readonly RedisCommand[]): readonly RedisCommand[] {
  return commands.length === 1 ? commands : [['MULTI'], ...commands, ['EXEC']];
}

type Reply = readonly [error: Error | null, value: unknown];

/** The last reply decides: of the command itself, or of EXEC, whose value is the list of what its commands did. */
function outcomeOf(replies: readonly Reply[], isTransaction: boolean, timeoutMs: number): SendOutcome {
  const [error, value] = replies.at(-1) ?? [new Error('no reply'), null];
  if (error !== null) {
    const refusal = refusalOf(replies.find(([first]) => refusalOf(first) !== undefined)?.[0] ?? error);
    if (refusal === undefined) return { type: 'unknown', reason: failureText(error, timeoutMs) };
    return { type: 'rejected', reason: refusal.reason, ...(refusal.unreachable ? { unreachable: true } : {}) };
  }
  const failed = isTransaction && Array.isArray(value) ? value.find((part) => part instanceof Error) : undefined;
  if (isTransaction && !Array.isArray(value)) return { type: 'rejected', reason: 'the transaction was discarded' };
  return failed === undefined ? { type: 'acked' } : { type: 'unknown', reason: `in part: ${failed.message}` };
}
