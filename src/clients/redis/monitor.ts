/** What a server tells a client that said MONITOR: https://redis.io/docs/latest/commands/monitor/ */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { StackctlError } from '../../errors.ts';
import { formatAddress } from '../../stack/contract/model.ts';
import type { ObservedCommand, OpenRecorder } from '../../stack/contract/record.ts';
import { wantsNoPassword } from './connection-errors.ts';
import { failureText } from './failure.ts';
import { commandText, ReplyError } from './reply.ts';
import type { RedisTarget } from './target.ts';

/**
 * Bytes that may wait to be taken: the server keeps for a client whatever that does not read, without a limit, so everything is
 * read, and a recording that cannot be written as fast ends.
 */
const MOST_WAITING = 64 * 1024 * 1024;

const LINE_FEED = 10;
/** What the server answers to PING; no line of MONITOR is like it. */
const END_OF_PING = 'PONG';
const END_MS = 1000;

/** @param name of the server, for people. @throws E_NOT_READY */
export async function openMonitor({ address, password, timeoutMs }: RedisTarget, name: string): Promise<OpenRecorder> {
  const at = `${name} (${formatAddress(address)})`;
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const lines = readLines(socket);
  const begin = async (): Promise<void> => {
    if (password !== undefined) {
      socket.write(commandText(['AUTH', password.reveal()]));
      await lines.reply().catch((error: unknown) => {
        if (!wantsNoPassword(error)) throw error;
      });
    }
    socket.write(commandText(['MONITOR']));
    await lines.reply();
  };
  socket.setTimeout(timeoutMs, () => socket.destroy(Object.assign(new Error(''), { code: 'ETIMEDOUT' })));
  try {
    await begin();
  } catch (error) {
    socket.destroy();
    throw notReady(`${at} tells nothing: ${failureText(error, timeoutMs)}`);
  }
  // From here on silence means that nobody sends commands.
  socket.setTimeout(0);
  const own = `[0 ${socket.localAddress}:${socket.localPort}]`;
  let isFinished = false;
  async function* items(): AsyncGenerator<readonly ObservedCommand[]> {
    for (let some = await lines.next(); some !== undefined; some = await lines.next()) {
      const end = some.indexOf(END_OF_PING);
      yield (end === -1 ? some : some.slice(0, end))
        .filter((line) => !isFinished || !line.includes(own))
        .map((line): ObservedCommand => ({ type: 'command', line }));
      if (end !== -1) return;
    }
    const why = lines.failure();
    if (!isFinished) throw notReady(`${at} broke off: ${why === undefined ? 'it ended' : failureText(why, timeoutMs)}`);
  }
  return {
    ...{ at, sendTo: undefined, items: items() },
    losses: { missed: 0, unfinished: 0 },
    // What was sent before is told before the answer to this.
    finish: () => {
      isFinished = true;
      socket.write(commandText(['PING']));
      socket.setTimeout(END_MS, () => socket.destroy());
    },
    close: async () => {
      if (socket.closed) return;
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    },
  };
}

function notReady(message: string): StackctlError {
  return new StackctlError('E_NOT_READY', message, { hint: 'Run: stackctl status' });
}

/** The replies of a server that only answers with lines: `+text`, and `-text` for an error. */
function readLines(socket: Socket) {
  let [rest, waiting, waitingBytes]: [string, string[], number] = ['', [], 0];
  let [failure, isOver]: [Error | undefined, boolean] = [undefined, false];
  let wake: () => void = () => undefined;
  socket.on('data', (bytes: Buffer) => {
    const end = bytes.lastIndexOf(LINE_FEED);
    const text = rest + bytes.toString('latin1', 0, end + 1);
    rest = end === -1 ? text + bytes.toString('latin1') : bytes.toString('latin1', end + 1);
    if (end !== -1) {
      waitingBytes += text.length;
      for (const line of text.split('\r\n')) if (line !== '') waiting.push(line);
    }
    if (waitingBytes + rest.length > MOST_WAITING) socket.destroy(new Error('it tells more than can be written'));
    wake();
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    isOver = true;
    wake();
  });
  const arrived = async (): Promise<void> => {
    while (waiting.length === 0 && !isOver) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    failure: () => failure,
    /** The next one. @throws ReplyError for an error. */
    reply: async (): Promise<string> => {
      await arrived();
      const line = waiting.shift();
      if (line === undefined) throw failure ?? new Error('the connection was closed');
      if (line.startsWith('-')) throw new ReplyError(line.slice(1));
      return line.slice(1);
    },
    /** All that came, without the mark of their type; undefined: there are no more. */
    next: async (): Promise<readonly string[] | undefined> => {
      await arrived();
      const some = waiting;
      [waiting, waitingBytes] = [[], 0];
      return some.length === 0 ? undefined : some.map((line) => line.slice(1));
    },
  };
}
