/**
 * A connection for a few questions, without ioredis: to load that takes longer than what `status` and `up` ask with it
 * (docs/adr/0009). Everything else goes through `connect.ts`.
 */
import { connect, type Socket } from 'node:net';
import type { RedisCaller } from './read-only.ts';
import { commandText, type Reply, ReplyError, readReply } from './reply.ts';
import type { RedisTarget } from './target.ts';

/** Sends a command and resolves with its reply, as text. Commands that are sent together are answered together. */
export type RedisQuestions = Pick<RedisCaller, 'call'>;

/**
 * Runs `use` with a connection of its own. One attempt; the connection and each command have the deadline of the target.
 * A password that a server does not ask for is no failure (see connect.ts).
 * @throws ReplyError for an error that the server answers; the system's error of the connection, ETIMEDOUT at the deadline.
 */
export async function withQuestions<T>(
  { address, password, timeoutMs }: RedisTarget,
  use: (client: RedisQuestions) => Promise<T>,
): Promise<T> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const { ask, close } = exchange(socket, timeoutMs);
  try {
    const access = password === undefined ? undefined : authenticate(ask, password.reveal());
    // Sent with the first questions; when it fails, its reason counts, and theirs would be NOAUTH.
    const answer = use({ call: (command, ...args) => ask([command, ...args.map(String)]) });
    answer.catch(() => undefined);
    await access;
    return await answer;
  } finally {
    close();
  }
}

type Ask = (words: readonly string[]) => Promise<Reply>;

async function authenticate(ask: Ask, password: string): Promise<void> {
  try {
    await ask(['AUTH', password]);
  } catch (error) {
    // The reply has no code of its own, only the general ERR.
    const wantsNone = error instanceof ReplyError && error.message.includes('without any password configured');
    if (!wantsNone) throw error;
  }
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Replies come in the order of the commands, so the first one waiting gets the next. */
function exchange(socket: Socket, timeoutMs: number): { readonly ask: Ask; readonly close: () => void } {
  const waiting: Waiting[] = [];
  let failure: Error | undefined;
  let received: Buffer = Buffer.alloc(0);
  const fail = (error: Error): void => {
    failure ??= error;
    clearTimeout(timer);
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  const timer = setTimeout(() => fail(late(timeoutMs)), timeoutMs);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Connection is closed.')));
  socket.on('data', (bytes) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    try {
      received = received.subarray(answer(received, waiting));
    } catch (error) {
      fail(error as Error);
    }
  });
  const ask: Ask = (words) =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) {
        reject(failure);
        return;
      }
      waiting.push({ resolve, reject });
      timer.refresh();
      socket.write(commandText(words));
    });
  return { ask, close: () => fail(new Error('Connection is closed.')) };
}

/** Gives every reply that is whole to who waits for it. @returns how many bytes they were. */
function answer(received: Buffer, waiting: Waiting[]): number {
  let end = 0;
  for (let next = readReply(received, end); next !== undefined; next = readReply(received, end)) {
    end = next.end;
    const first = waiting.shift();
    if (next.reply instanceof ReplyError) first?.reject(next.reply);
    else first?.resolve(next.reply);
  }
  return end;
}

function late(timeoutMs: number): Error {
  return Object.assign(new Error(`no reply within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}
