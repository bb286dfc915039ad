/**
 * A connection without ioredis, for what has to be quick: to load that takes longer than what `status` and `up` ask
 * (docs/adr/0009), and a writer that measures must not be what it measures. Everything else goes through `connect.ts`.
 */
import { connect, type Socket } from 'node:net';
import { connectionClosed, noReply, wantsNoPassword } from './connection-errors.ts';
import type { RedisCaller } from './read-only.ts';
import { commandText, type Reply, ReplyError, readReply } from './reply.ts';
import type { RedisTarget } from './target.ts';

/**
 * One attempt and no resend: what fails shows as an error at once. `call` resolves with a `Reply`, as text; commands of one turn
 * of the event loop leave together. It rejects with ReplyError for an error that the server answers, and with the system's error
 * of the connection: ETIMEDOUT, with which it ends, when there is no reply within the deadline of the target.
 */
export interface BareConnection extends Pick<RedisCaller, 'call'> {
  /**
   * Settles when the server has taken the password. Commands need not wait for it, but their reason for failing is then only
   * what follows from it (NOAUTH). A password that a server does not ask for is no failure (see connect.ts).
   */
  readonly access: Promise<void>;
  isOpen(): boolean;
  /** What comes without having been asked for, once something is subscribed: called with the text of each message. */
  onMessage(listener: (text: string) => void): void;
  /** Called once, however it ends, also where it has ended before. */
  onEnd(listener: () => void): void;
  close(): void;
}

/** The deadline is that of the connection and of each command. */
export function openBare({ address, password, timeoutMs }: RedisTarget): BareConnection {
  const connection = exchange(connect({ host: address.host, port: address.port, noDelay: true }), timeoutMs);
  const access = password === undefined ? Promise.resolve() : authenticate(connection, password.reveal());
  access.catch(() => undefined);
  return { ...connection, access };
}

type Exchange = Omit<BareConnection, 'access'>;

async function authenticate({ call }: Exchange, password: string): Promise<void> {
  try {
    await call('AUTH', password);
  } catch (error) {
    if (!wantsNoPassword(error)) throw error;
  }
}

interface Waiting {
  readonly sentAt: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Replies come in the order of the commands, so the first one waiting gets the next. */
function exchange(socket: Socket, timeoutMs: number): Exchange {
  const waiting: Waiting[] = [];
  const listeners: (() => void)[] = [];
  let onMessage: ((text: string) => void) | undefined;
  let failure: Error | undefined;
  let received: Buffer = Buffer.alloc(0);
  let outgoing = '';
  const fail = (error: Error): void => {
    if (failure !== undefined) return;
    failure = error;
    stopWatch();
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(failure);
    for (const listener of listeners) listener();
  };
  const close = (): void => fail(connectionClosed());
  const { watch, stopWatch } = deadlineOf(waiting, timeoutMs, fail);
  const flush = (): void => {
    if (failure === undefined) socket.write(outgoing);
    outgoing = '';
  };
  socket.on('error', fail);
  socket.on('close', close);
  socket.on('data', (bytes) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    try {
      received = received.subarray(answer(received, waiting, onMessage));
    } catch (error) {
      fail(error as Error);
    }
  });
  return {
    call: (command, ...args) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        waiting.push({ sentAt: performance.now(), resolve, reject });
        watch();
        if (outgoing === '') process.nextTick(flush);
        outgoing += commandText([command, ...args.map(String)]);
      }),
    isOpen: () => failure === undefined,
    onMessage: (listener) => {
      onMessage = listener;
    },
    onEnd: (listener) => {
      if (failure === undefined) listeners.push(listener);
      else queueMicrotask(listener);
    },
    close,
  };
}

/** One timer for all that wait: it looks at the oldest, and waits for what that has left. */
function deadlineOf(waiting: readonly Waiting[], timeoutMs: number, fail: (error: Error) => void) {
  let timer: NodeJS.Timeout | undefined;
  let isWatched = false;
  const leftMs = (): number | undefined => waiting[0] && waiting[0].sentAt + timeoutMs - performance.now();
  const look = (wasLate: boolean): void => {
    const left = leftMs();
    if (left === undefined) isWatched = false;
    else if (left > 0) timer = setTimeout(look, left, false);
    else if (wasLate) fail(noReply(timeoutMs));
    // This process may have been held up: what has arrived meanwhile is read first.
    else setImmediate(look, true);
  };
  return {
    watch: () => {
      if (isWatched) return;
      isWatched = true;
      timer = setTimeout(look, timeoutMs, false);
    },
    stopWatch: () => clearTimeout(timer),
  };
}

/** Gives every reply that is whole to who waits for it, and messages to who listens. @returns how many bytes they were. */
function answer(received: Buffer, waiting: Waiting[], onMessage?: (text: string) => void): number {
  let end = 0;
  for (let next = readReply(received, end); next !== undefined; next = readReply(received, end)) {
    end = next.end;
    const message = onMessage && messageIn(next.reply);
    if (message !== undefined) {
      onMessage?.(message);
      continue;
    }
    const first = waiting.shift();
    if (next.reply instanceof ReplyError) first?.reject(next.reply);
    else first?.resolve(next.reply);
  }
  return end;
}

/** `["message", channel, text]`; undefined for any other reply. */
function messageIn(reply: Reply | ReplyError): string | undefined {
  return Array.isArray(reply) && reply[0] === 'message' && reply.length === 3 ? String(reply[2]) : undefined;
}
