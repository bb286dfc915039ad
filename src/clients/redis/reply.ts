/** Replies of the Redis protocol, version 2 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */

/** An error that the server answered, named as ioredis names it. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** Text, number, list; null where there is nothing; an error as a value, because the replies after it count too. */
export type Reply = string | number | null | ReplyError | readonly Reply[];

export interface ReplyAt {
  readonly reply: Reply;
  /** Where the next reply begins. */
  readonly end: number;
}

const CR = 13;

/**
 * The reply that begins at `start`; undefined while its end has not arrived.
 * @throws Error for bytes that no server of this protocol sends.
 */
export function readReply(bytes: Buffer, start: number): ReplyAt | undefined {
  const lineEnd = bytes.indexOf(CR, start);
  // A line ends with two characters.
  if (lineEnd === -1 || lineEnd + 2 > bytes.length) return undefined;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '+':
      return { reply: line, end };
    case '-':
      return { reply: new ReplyError(line), end };
    case ':':
      return { reply: Number(line), end };
    case '$':
      return Number(line) < 0 ? { reply: null, end } : readText(bytes, end, Number(line));
    case '*':
      return Number(line) < 0 ? { reply: null, end } : readList(bytes, end, Number(line));
    default:
      throw new Error('what answers is no Redis server');
  }
}

function readText(bytes: Buffer, start: number, length: number): ReplyAt | undefined {
  const end = start + length + 2;
  return end > bytes.length ? undefined : { reply: bytes.toString('utf8', start, start + length), end };
}

function readList(bytes: Buffer, start: number, length: number): ReplyAt | undefined {
  const list: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = readReply(bytes, end);
    if (item === undefined) return undefined;
    list.push(item.reply);
    end = item.end;
  }
  return { reply: list, end };
}

/** A command as servers read it: every word with its length in bytes. */
export function commandText(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
