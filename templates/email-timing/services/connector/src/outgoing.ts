/** Messages on their way to the broker, cut into requests that it takes. Pure. */

export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
}

/** Messages of one request. */
export interface Part {
  readonly messages: readonly OutgoingMessage[];
  readonly bytes: number;
}

export interface RequestLimits {
  /** Messages in one request to the broker, and their keys and values in bytes: the broker has a limit, too. */
  readonly maxBatch: number;
  readonly maxBytes: number;
}

/** In their order, each part within both limits; a message that is too large by itself is a part by itself. */
export function splitMessages(
  messages: readonly OutgoingMessage[],
  { maxBatch, maxBytes }: RequestLimits,
): readonly Part[] {
  const parts: { messages: OutgoingMessage[]; bytes: number }[] = [];
  for (const message of messages) {
    const size = sizeOf(message);
    const last = parts.at(-1);
    if (last !== undefined && last.messages.length < maxBatch && last.bytes + size <= maxBytes) {
      last.messages.push(message);
      last.bytes += size;
    } else {
      parts.push({ messages: [message], bytes: size });
    }
  }
  return parts;
}

/** Bytes of a record: lengths, offsets and the time take some more than key and value, well below this. */
const RECORD_OVERHEAD = 64;

function sizeOf({ key, value }: OutgoingMessage): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value) + RECORD_OVERHEAD;
}
