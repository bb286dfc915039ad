import { connect, type Socket } from 'node:net';
import { openReplyReader, type Reply, type ReplyReader } from './resp.ts';

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
  /** One command at a time. @throws the server's error, or why it does not answer; the next call connects again. */
  call(words: readonly (string | number)[]): Promise<Reply>;
  close(): void;
}

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
  return {
    call: async (words) => (link?.isOpen() === true ? link : await begin()).ask(words),
    close: () => link?.close(),
  };
}

interface Link {
  isOpen(): boolean;
  ask(words: readonly (string | number)[]): Promise<Reply>;
  close(): void;
}

/** After a failure nothing that still comes can be told from the next answer: the connection is closed. */
function openLink(host: string, port: number, answerMs: number): Link {
  const socket = connect({ host, port, noDelay: true });
  const replies = openReplyReader();
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;
  const end = (why: string): void => {
    socket.destroy();
    waiting?.reject(new Error(`no answer of Redis at ${host}:${port}: ${why}`));
    waiting = undefined;
  };
  socket.on('error', (error) => end(error.message));
  socket.on('close', () => end('the connection was closed'));
  socket.on('data', (chunk: Buffer) => {
    const reply = readOrEnd(replies, chunk, end);
    if (reply === undefined || waiting === undefined) return;
    const { resolve, reject } = waiting;
    waiting = undefined;
    if (reply instanceof Error) reject(reply);
    else resolve(reply);
  });
  return {
    isOpen: () => !socket.destroyed,
    close: () => void socket.destroy(),
    ask: (words) => {
      const timer = setTimeout(() => end(`none within ${answerMs} ms`), answerMs);
      return new Promise<Reply>((resolve, reject) => {
        waiting = { resolve, reject };
        write(socket, words);
      }).finally(() => clearTimeout(timer));
    },
  };
}

function readOrEnd(replies: ReplyReader, chunk: Buffer, end: (why: string) => void): Reply | undefined {
  try {
    return replies.read(chunk);
  } catch (error) {
    end(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function write(socket: Socket, words: readonly (string | number)[]): void {
  const parts = words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`);
  socket.write(`*${words.length}\r\n${parts.join('')}`);
}
