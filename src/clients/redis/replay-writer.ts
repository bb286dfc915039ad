import type { RecordedCommand, RecordedRequest } from '../../stack/contract/recorded-request.ts';
import type { ReplaySink, SendOutcome } from '../../stack/contract/traffic.ts';
import type { BulkConnection, BulkResult } from './bulk-connection.ts';
import type { CommandText } from './command-text.ts';
import { failureText } from './failure.ts';
import { refusalOf } from './refusal.ts';

export interface ReplayWriterInput {
  /** A connection to the server that takes writes now. Rejects when there is no such server. */
  readonly connect: () => Promise<BulkConnection>;
  /** Deadline of a command, for messages. */
  readonly timeoutMs: number;
}

/** Sends recorded commands in their order, those of each database over one connection, and over a new one after any doubt. */
export function createReplayWriter({ connect, timeoutMs }: ReplayWriterInput): ReplaySink {
  const connections = new Map<number, Promise<BulkConnection>>();
  const connectionOf = (db: number): Promise<BulkConnection> => {
    const known = connections.get(db);
    if (known !== undefined) return known;
    const own = selected(connect, db);
    connections.set(db, own);
    own.catch(() => forget(db, own));
    return own;
  };
  const forget = (db: number, known: Promise<BulkConnection>): void => {
    if (connections.get(db) === known) connections.delete(db);
  };
  const send = async (request: RecordedRequest): Promise<SendOutcome> => {
    if (request.type !== 'command') return { type: 'rejected', reason: `it is no command but of type ${request.type}` };
    const known = connectionOf(request.db);
    let result: BulkResult;
    try {
      result = await (await known).send(textOf(request.args), 1);
    } catch (error) {
      return { type: 'rejected', reason: failureText(error, timeoutMs), unreachable: true };
    }
    const outcome = outcomeOf(result, timeoutMs);
    if (result.error !== undefined) forget(request.db, known);
    // Another server may be the one that takes writes now; what is on its way here is answered first.
    else if (outcome.type === 'rejected' && outcome.unreachable) {
      forget(request.db, known);
      (await known).retire();
    }
    return outcome;
  };
  const close = async (): Promise<void> => {
    const all = await Promise.allSettled(connections.values());
    for (const one of all) if (one.status === 'fulfilled') one.value.close();
  };
  return { send, close };
}

/** @throws the server's error for a database that it does not have. */
async function selected(connect: ReplayWriterInput['connect'], db: number): Promise<BulkConnection> {
  const connection = await connect();
  if (db === 0) return connection;
  const { odd, error } = await connection.send(textOf(['SELECT', String(db)]), 1);
  const refusal = error ?? odd.get(0)?.error;
  if (refusal === undefined) return connection;
  connection.close();
  throw refusal;
}

/** An error reply answers a command that the server did not carry out, or not to its end; one without a reply may have been. */
function outcomeOf({ answered, odd, error, isUnsent }: BulkResult, timeoutMs: number): SendOutcome {
  if (isUnsent) return { type: 'rejected', reason: failureText(error, timeoutMs), unreachable: true };
  if (answered === 0) return { type: 'unknown', reason: failureText(error, timeoutMs) };
  const { kind, error: said } = odd.get(0) ?? {};
  if (kind !== 'error') return { type: 'acked' };
  const { reason, unreachable } = refusalOf(said) ?? {
    reason: said?.message.slice(0, LONGEST_REASON) ?? '',
    unreachable: false,
  };
  return { type: 'rejected', reason, ...(unreachable ? { unreachable: true } : {}) };
}

const LONGEST_REASON = 200;

/** Each character stands for a byte, so that any bytes go through. */
function textOf(args: RecordedCommand['args']): CommandText {
  const parts = args.map((arg) => {
    const bytes = typeof arg === 'string' ? Buffer.from(arg, 'utf8') : arg;
    return `$${bytes.length}\r\n${bytes.toString('latin1')}\r\n`;
  });
  return { text: `*${args.length}\r\n${parts.join('')}`, isAscii: true };
}
