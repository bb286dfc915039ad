/** A connection that gives replies as they came, for who looks for something in many of them: values would take longer to make. */
import { connect } from 'node:net';
import { connectionClosed, noReply, wantsNoPassword } from './connection-errors.ts';
import { commandText } from './reply.ts';
import { type Scanned, scanReply } from './scan-reply.ts';
import type { RedisTarget } from './target.ts';

export interface RawConnection {
  /** One command at a time. @throws ReplyError for what the server answers with an error, and the system's error of the connection. */
  ask(words: readonly string[]): Promise<Buffer>;
  close(): void;
}

/** The deadline is that of the connection, and of each piece of a reply. @throws as `ask`, also when the server does not take the password. */
export async function openRaw({ address, password, timeoutMs }: RedisTarget): Promise<RawConnection> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const scanned: Scanned = { end: 0, odd: undefined };
  const pieces = gather();
  let failure: Error | undefined;
  let limit: NodeJS.Timeout | undefined;
  let settle: ((error: Error | undefined, reply?: Buffer) => void) | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    socket.destroy();
    settle?.(failure);
  };
  socket.on('error', fail);
  const close = (): void => fail(connectionClosed());
  socket.on('close', close);
  socket.on('data', (bytes: Buffer) => {
    limit?.refresh();
    const all = pieces.with(bytes);
    try {
      scanReply(all, 0, scanned);
    } catch (error) {
      return fail(error as Error);
    }
    if (scanned.end === -1) return;
    pieces.end();
    settle?.(scanned.odd?.kind === 'error' ? scanned.odd.error : undefined, all);
  });
  const ask = (words: readonly string[]): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      limit = setTimeout(() => fail(noReply(timeoutMs)), timeoutMs);
      settle = (error, reply) => {
        settle = undefined;
        clearTimeout(limit);
        if (error !== undefined || reply === undefined) reject(error ?? new Error('no reply'));
        else resolve(reply);
      };
      socket.write(commandText(words));
    });
  if (password !== undefined) {
    await ask(['AUTH', password.reveal()]).catch((error: Error) => {
      if (wantsNoPassword(error)) return;
      close();
      throw error;
    });
  }
  return { ask, close };
}

/** What has arrived of a reply, in a buffer that doubles: a reply of many megabytes comes in hundreds of pieces. */
function gather() {
  let held = Buffer.alloc(0);
  let length = 0;
  return {
    with: (bytes: Buffer): Buffer => {
      if (length + bytes.length > held.length) {
        const larger = Buffer.allocUnsafe(2 * (length + bytes.length));
        held.copy(larger, 0, 0, length);
        held = larger;
      }
      bytes.copy(held, length);
      length += bytes.length;
      return held.subarray(0, length);
    },
    end: (): void => {
      // What was returned is somebody else's now.
      held = Buffer.alloc(0);
      length = 0;
    },
  };
}
