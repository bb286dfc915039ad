/**
 * A connection for loading: many commands leave as one text, and of their replies only those that fail become values. A promise for
 * each command, as other clients have, takes several times as long as the server needs for it.
 */
import { connect, type Socket } from 'node:net';
import type { CommandText } from './command-text.ts';
import { connectionClosed, noReply, wantsNoPassword } from './connection-errors.ts';
import { commandText } from './reply.ts';
import { type Odd, type Scanned, scanReply } from './scan-reply.ts';
import type { RedisTarget } from './target.ts';

export interface BulkConnection {
  /**
   * Sends commands, each once; several calls may be under way. Never rejects. It is over when no reply comes within the deadline of the
   * target, and after `LONGEST` of them in any case.
   */
  send(commands: CommandText, count: number): Promise<BulkResult>;
  isOpen(): boolean;
  /** Closes it when all that was sent has its reply, or none in time. */
  retire(): void;
  close(): void;
}

export interface BulkResult {
  /** Commands that have a reply, from the first on. */
  readonly answered: number;
  /** Place of a command -> what is odd about its reply. */
  readonly odd: ReadonlyMap<number, Odd>;
  /** Why the others have none. */
  readonly error?: Error;
  /** Nothing has left: the connection was over before. */
  readonly isUnsent?: true;
}

interface Waiting {
  readonly commands: number;
  readonly odd: Map<number, Odd>;
  readonly resolve: (result: BulkResult) => void;
  answered: number;
  readonly sentAt: number;
  /** When its first command left, or its last reply came. */
  movedAt: number;
}

/** @throws the system's error of the connection, the server's when it does not take the password. */
export async function openBulk({ address, password, timeoutMs }: RedisTarget): Promise<BulkConnection> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const connection = overSocket(socket, timeoutMs);
  const { error, odd } = await connection.send(
    { text: commandText(password === undefined ? ['PING'] : ['AUTH', password.reveal()]), isAscii: false },
    1,
  );
  const refusal = error ?? odd.get(0)?.error;
  if (refusal === undefined || wantsNoPassword(refusal)) return connection;
  connection.close();
  throw refusal;
}

function overSocket(socket: Socket, timeoutMs: number): BulkConnection {
  const waiting: Waiting[] = [];
  const scanned: Scanned = { end: 0, odd: undefined };
  let failure: Error | undefined;
  let rest: Buffer | undefined;
  let isRetired = false;
  const fail = (error: Error): void => {
    if (failure !== undefined) return;
    failure = error;
    clearInterval(watch);
    socket.destroy();
    for (const { answered, odd, resolve } of waiting.splice(0)) resolve({ answered, odd, error });
  };
  const close = (): void => fail(connectionClosed());
  const isLate = (): boolean => {
    const [first] = waiting;
    const now = performance.now();
    return first !== undefined && (now - first.movedAt >= timeoutMs || now - first.sentAt >= LONGEST * timeoutMs);
  };
  const failIfLate = (): void => {
    if (isLate()) fail(noReply(timeoutMs));
  };
  // This process may have been held up: what has arrived meanwhile is read first.
  const watch = setInterval(() => isLate() && setImmediate(failIfLate), timeoutMs / WATCHED_PER_DEADLINE);
  watch.unref();
  socket.on('error', fail);
  socket.on('close', close);
  socket.on('data', (bytes: Buffer) => {
    const all = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
    try {
      const end = take(all, waiting, scanned);
      rest = end === all.length ? undefined : all.subarray(end);
      if (isRetired && waiting.length === 0) close();
    } catch (error) {
      fail(error as Error);
    }
  });
  return {
    send: ({ text, isAscii }, commands) =>
      new Promise((resolve) => {
        if (failure !== undefined) return resolve({ answered: 0, odd: new Map(), error: failure, isUnsent: true });
        const sentAt = performance.now();
        waiting.push({ commands, odd: new Map(), resolve, answered: 0, sentAt, movedAt: sentAt });
        socket.write(text, isAscii ? 'latin1' : 'utf8');
      }),
    isOpen: () => failure === undefined,
    retire: () => {
      isRetired = true;
      if (waiting.length === 0) close();
    },
    close,
  };
}

const WATCHED_PER_DEADLINE = 10;
const LONGEST = 5;

/** Replies come in the order of the commands. @returns how many bytes were whole replies. */
function take(bytes: Buffer, waiting: Waiting[], scanned: Scanned): number {
  const now = performance.now();
  let end = 0;
  for (;;) {
    const [first] = waiting;
    if (first === undefined) return bytes.length; // nobody has asked for it
    while (first.answered < first.commands) {
      scanReply(bytes, end, scanned);
      if (scanned.end === -1) return end;
      end = scanned.end;
      if (scanned.odd !== undefined) first.odd.set(first.answered, scanned.odd);
      first.answered += 1;
      first.movedAt = now;
    }
    waiting.shift();
    first.resolve({ answered: first.answered, odd: first.odd });
    const [next] = waiting;
    // What waited behind it could not move before.
    if (next !== undefined) next.movedAt = now;
  }
}
