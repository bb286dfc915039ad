/**
 * Replies of Redis in its first protocol (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). A batch of entries is tens
 * of thousands of short words: they stay where they are, and only their places are noted. Pure.
 */

export type Reply = string | number | null | Error | readonly Reply[];

/** A reply and the places of its values, each list before its items. */
export interface PlacedReply {
  readonly bytes: Buffer;
  /** For each value its mark (`$`), where it begins, and its size: bytes of a text, items of a list, -1 for null. */
  readonly places: Int32Array;
}

export interface ReplyReader {
  /** @returns the reply, when it has come to its end with these bytes. @throws when they are no reply. */
  read(chunk: Uint8Array): PlacedReply | undefined;
}

const [ARRAY, TEXT, LINE, NUMBER, FAILURE] = [42, 36, 43, 58, 45] as const;
const [CR, MINUS, ZERO] = [13, 45, 48] as const;
const FIRST_BYTES = 65_536;
const FIRST_PLACES = 4096;
/** In `places`. */
const OF_VALUE = 3;

/** For a connection on which the next command is sent after the reply to the last one. */
export function openReplyReader(): ReplyReader {
  let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let places = new Int32Array(FIRST_PLACES);
  let length = 0;
  let noted = 0;
  /** Up to where the values are known to be whole, and how many more there are. */
  let at = 0;
  let missing = 1;
  const finished = (): PlacedReply => {
    const reply = { bytes: bytes.subarray(0, length), places: places.subarray(0, noted) };
    // The next one is likely to be as large. What was read stays as it is: it is in use.
    bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length + (length >> 3)));
    places = new Int32Array(Math.max(FIRST_PLACES, noted + (noted >> 3)));
    [length, noted, at, missing] = [0, 0, 0, 1];
    return reply;
  };
  return {
    read: (chunk) => {
      bytes = withRoomFor(bytes, length, length + chunk.length);
      bytes.set(chunk, length);
      length += chunk.length;
      while (missing > 0) {
        const end = endOfLine(bytes, at, length);
        if (end === -1) return undefined;
        const mark = bytes[at] ?? 0;
        const size = sizeOf(bytes, at, end);
        const next = mark === TEXT && size >= 0 ? end + 4 + size : end + 2;
        if (next > length) return undefined;
        if (noted + OF_VALUE > places.length) places = larger(places);
        places[noted] = mark;
        places[noted + 1] = mark === TEXT || mark === ARRAY ? end + 2 : at + 1;
        places[noted + 2] = size;
        noted += OF_VALUE;
        missing += mark === ARRAY && size > 0 ? size - 1 : -1;
        at = next;
      }
      return finished();
    },
  };
}

function withRoomFor(bytes: Buffer<ArrayBuffer>, used: number, needed: number): Buffer<ArrayBuffer> {
  if (needed <= bytes.length) return bytes;
  const more = Buffer.allocUnsafeSlow(Math.max(needed, bytes.length * 2));
  bytes.copy(more, 0, 0, used);
  return more;
}

function larger(places: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(places.length * 2);
  more.set(places);
  return more;
}

/** Where its CR is; -1 while its LF is not there. */
function endOfLine(bytes: Buffer, from: number, length: number): number {
  for (let at = from; at + 1 < length; at++) if (bytes[at] === CR) return at;
  return -1;
}

/** The number of a line such as `$12`, or the length of a line that is a value. @throws for another one. */
function sizeOf(bytes: Buffer, at: number, end: number): number {
  const mark = bytes[at];
  if (mark === LINE || mark === FAILURE || mark === NUMBER) return end - at - 1;
  if (mark !== ARRAY && mark !== TEXT) throw new Error('Redis does not answer in its protocol');
  if (bytes[at + 1] === MINUS) return -1;
  let size = 0;
  for (let place = at + 1; place < end; place++) size = size * 10 + (bytes[place] ?? ZERO) - ZERO;
  return size;
}

/** A value and all that is in it. @param index of the value, the first one is 0. */
export function plainReply(reply: PlacedReply, index = 0): Reply {
  return readValue(reply, { index });
}

function readValue(reply: PlacedReply, cursor: { index: number }): Reply {
  const { mark, size, from } = placeOf(reply, cursor.index++);
  if (size < 0) return null;
  if (mark === ARRAY) return Array.from({ length: size }, () => readValue(reply, cursor));
  const text = reply.bytes.toString('utf8', from, from + size);
  if (mark === FAILURE) return new Error(text);
  return mark === NUMBER ? Number(text) : text;
}

export interface Place {
  readonly mark: number;
  readonly from: number;
  readonly size: number;
}

/** @throws when the reply has no such value. */
export function placeOf({ places }: PlacedReply, index: number): Place {
  const [mark, from, size] = [places[index * 3], places[index * 3 + 1], places[index * 3 + 2]];
  if (mark === undefined || from === undefined || size === undefined) throw new Error('the reply of Redis ends early');
  return { mark, from, size };
}

/** How many items a list has, -1 for null. @throws for what is no list. */
export function itemsOf(reply: PlacedReply, index: number): number {
  const { mark, size } = placeOf(reply, index);
  if (size >= 0 && mark !== ARRAY) throw new Error('the reply of Redis has no list where one belongs');
  return size;
}
