import { connect, type Socket } from 'node:net';
import { openReplyReader, type PlacedReply, placeOf, plainReply, type ReplyReader } from './resp.ts';

export interface ReaderOptions {
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
  /** For CLIENT LIST. */
  readonly name: string;
  /** How long an answer may take. */
  readonly answerMs: number;
}

export interface Reader {
  /** One command at a time, others wait. @throws the server's error, or why it does not answer; the next call connects again. */
  call(command: Command): Promise<PlacedReply>;
  close(): void;
}

/** Its words, or as it is sent. */
export type Command = readonly (string | number)[] | Buffer;

const CHUNK_BYTES = 65_536;
const FAILURE = '-'.charCodeAt(0);

/** A connection of its own for what takes long and brings much. */
export function openReader(options: ReaderOptions): Reader {
  let link: Link | undefined;
  const begin = async (): Promise<Link> => {
    const { host, port, password, name, answerMs } = options;
    const fresh = openLink(host, port, answerMs);
    link = fresh;
    if (password !== undefined) await fresh.ask(['AUTH', password]);
    await fresh.ask(['CLIENT', 'SETNAME', name]);
    return fresh;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    call: (command) => {
      const answer = last.then(async () => (link?.isOpen() === true ? link : await begin()).ask(command));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: () => link?.close(),
  };
}

interface Link {
  isOpen(): boolean;
  ask(command: Command): Promise<PlacedReply>;
  close(): void;
}

/** After a failure nothing that still comes can be told from the next answer: the connection is closed. */
function openLink(host: string, port: number, answerMs: number): Link {
  const replies = openReplyReader();
  let waiting: { resolve(reply: PlacedReply): void; reject(error: Error): void } | undefined;
  // One piece of memory for all that comes, and no stream between the socket and the reader.
  const onread = {
    buffer: new Uint8Array(CHUNK_BYTES),
    callback: (bytes: number, chunk: Uint8Array): boolean => {
      take(chunk.subarray(0, bytes));
      return true;
    },
  };
  const socket = connect({ host, port, noDelay: true, onread });
  const end = (why: string): void => {
    socket.destroy();
    waiting?.reject(new Error(`no answer of Redis at ${host}:${port}: ${why}`));
    waiting = undefined;
  };
  const take = (chunk: Uint8Array): void => {
    const reply = readOrEnd(replies, chunk, end);
    if (reply === undefined || waiting === undefined) return;
    const { resolve, reject } = waiting;
    waiting = undefined;
    const value = placeOf(reply, 0).mark === FAILURE ? plainReply(reply) : undefined;
    if (value instanceof Error) reject(value);
    else resolve(reply);
  };
  socket.on('error', (error) => end(error.message));
  socket.on('close', () => end('the connection was closed'));
  return {
    isOpen: () => !socket.destroyed,
    close: () => void socket.destroy(),
    ask: (command) => {
      const timer = setTimeout(() => end(`none within ${answerMs} ms`), answerMs);
      return new Promise<PlacedReply>((resolve, reject) => {
        waiting = { resolve, reject };
        write(socket, command);
      }).finally(() => clearTimeout(timer));
    },
  };
}

function readOrEnd(replies: ReplyReader, chunk: Uint8Array, end: (why: string) => void): PlacedReply | undefined {
  try {
    return replies.read(chunk);
  } catch (error) {
    end(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function write(socket: Socket, command: Command): void {
  if (Buffer.isBuffer(command)) socket.write(command);
  else socket.write(`*${command.length}\r\n${command.map(written).join('')}`);
}

/** A word of a command as it is sent. */
export function written(word: string | number): string {
  return `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`;
}
