/**
 * Replies of Redis in its first protocol (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). A batch of entries is tens
 * of thousands of short words: they are cut out of one text, where a general client makes a buffer and then a text of each. Pure.
 */

export type Reply = string | number | null | Error | readonly Reply[];

export interface ReplyReader {
  /** @returns the reply, when it has come to its end with these bytes. @throws when they are no reply. */
  read(chunk: Buffer): Reply | undefined;
}

const CR = 13;
const [ARRAY, TEXT, LINE, NUMBER, FAILURE] = [...'*$+:-'].map((mark) => mark.charCodeAt(0));

/** For a connection on which the next command is sent after the reply to the last one. */
export function openReplyReader(): ReplyReader {
  let parts: Buffer[] = [];
  let bytes = Buffer.alloc(0);
  /** Up to where the values are known to be whole, and how many more there are. */
  let at = 0;
  let missing = 1;
  /** Bytes without which it is of no use to look again. */
  let wanted = 0;
  return {
    read: (chunk) => {
      parts.push(chunk);
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      if (length < wanted) return undefined;
      bytes = Buffer.concat(parts);
      parts = [bytes];
      while (missing > 0) {
        const end = endOfLine(bytes, at);
        if (end === -1) return undefined;
        const [size, next] = [sizeOf(bytes, at, end), end + 2];
        if (bytes[at] === TEXT && size >= 0 && next + size + 2 > bytes.length) {
          wanted = next + size + 2;
          return undefined;
        }
        missing += bytes[at] === ARRAY && size > 0 ? size - 1 : -1;
        at = bytes[at] === TEXT && size >= 0 ? next + size + 2 : next;
      }
      const reply = parse(bytes);
      [parts, at, missing, wanted] = [[], 0, 1, 0];
      return reply;
    },
  };
}

function endOfLine(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) if (bytes[at] === CR) return at;
  return -1;
}

/** The number of a line such as `$12`; 0 for one that has text. @throws for another one. */
function sizeOf(bytes: Buffer, at: number, end: number): number {
  const mark = bytes[at];
  if (mark === LINE || mark === FAILURE) return 0;
  if (mark !== ARRAY && mark !== TEXT && mark !== NUMBER) throw new Error('Redis does not answer in its protocol');
  if (mark === NUMBER) return 0;
  let size = 0;
  for (let place = at + 1; place < end; place++) {
    if (bytes[place] === 45) return -1;
    size = size * 10 + (bytes[place] ?? 48) - 48;
  }
  return size;
}

function parse(bytes: Buffer): Reply {
  const whole = bytes.toString('utf8');
  // Where every character is one byte, the places in the text are those in the bytes.
  const isAscii = whole.length === bytes.length;
  const cut = (from: number, to: number) => (isAscii ? whole.slice(from, to) : bytes.toString('utf8', from, to));
  let at = 0;
  /** @param like what stands at this place in the list before: entries have the same names. */
  const value = (like: Reply | undefined): Reply => {
    const [mark, end] = [bytes[at], endOfLine(bytes, at)];
    const from = at + 1;
    at = end + 2;
    if (mark === LINE) return cut(from, end);
    if (mark === NUMBER) return Number(cut(from, end));
    if (mark === FAILURE) return new Error(cut(from, end));
    const size = sizeOf(bytes, from - 1, end);
    if (size < 0) return null;
    if (mark === TEXT) {
      const start = at;
      at += size + 2;
      const isSame = isAscii && typeof like === 'string' && like.length === size && whole.startsWith(like, start);
      return isSame ? like : cut(start, start + size);
    }
    return list(size, like);
  };
  const list = (size: number, like: Reply | undefined): Reply => {
    const before = Array.isArray(like) ? like : [];
    const items: Reply[] = [];
    for (let index = 0; index < size; index++) items.push(value(before[index] ?? items[index - 1]));
    return items;
  };
  return value(undefined);
}
