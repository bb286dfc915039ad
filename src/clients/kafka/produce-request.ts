import { crc32c, createAPI, ProduceAcks, produceV9, Writer } from '@platformatic/kafka';

/** A record to be stored. */
export interface Message {
  readonly partition: number;
  /** Undefined: none, which is not the same as an empty one. */
  readonly key: Buffer | undefined;
  readonly value: Buffer;
}

export type ProduceResponse = ReturnType<typeof produceV9.parseResponse>;

/**
 * Stores messages of one topic, one batch for each partition (https://kafka.apache.org/protocol#The_Messages_Produce). Arguments:
 * the topic, its messages, the deadline of the replicas in milliseconds, and the time of the messages, since 1970. The batches
 * are written here, because the library writes a key of no bytes where there is none: a compacted topic would keep one message of
 * all of these, instead of refusing them.
 */
export const produce = createAPI<[string, readonly Message[], number, number], ProduceResponse>(
  produceV9.api.key,
  produceV9.api.version,
  (topic: string, messages: readonly Message[], timeoutMs: number, nowMs: number) =>
    Writer.create()
      .appendString(null)
      .appendInt16(ProduceAcks.ALL)
      .appendInt32(timeoutMs)
      .appendArray([topic], (writer, name) => {
        writer.appendString(name).appendArray([...byPartition(messages)], (part, [partition, own]) => {
          const batch = recordBatch(own, BigInt(nowMs));
          part
            .appendInt32(partition)
            .appendUnsignedVarInt(batch.length + 1)
            .appendFrom(batch);
        });
      })
      .appendTaggedFields(),
  produceV9.parseResponse,
);

function byPartition(messages: readonly Message[]): ReadonlyMap<number, readonly Message[]> {
  const parts = new Map<number, Message[]>();
  for (const message of messages) {
    const part = parts.get(message.partition);
    if (part === undefined) parts.set(message.partition, [message]);
    else part.push(message);
  }
  return parts;
}

const MAGIC = 2;
/** Bytes of a batch between its length and what the checksum covers: leader epoch, magic, checksum. */
const BEFORE_CHECKED = 4 + 1 + 4;

/** https://kafka.apache.org/documentation/#recordbatch, of a producer without an id: it repeats nothing. */
export function recordBatch(messages: readonly Message[], time: bigint): Writer {
  const checked = Writer.create()
    .appendInt16(0)
    .appendInt32(messages.length - 1)
    .appendInt64(time)
    .appendInt64(time)
    .appendInt64(-1n)
    .appendInt16(-1)
    .appendInt32(-1)
    .appendInt32(messages.length);
  for (const [index, message] of messages.entries()) checked.appendFrom(record(message, index));
  return Writer.create()
    .appendInt64(0n)
    .appendInt32(BEFORE_CHECKED + checked.length)
    .appendInt32(-1)
    .appendInt8(MAGIC)
    .appendUnsignedInt32(crc32c(checked.dynamicBuffer))
    .appendFrom(checked);
}

function record({ key, value }: Message, offsetDelta: number): Writer {
  const begun = Writer.create().appendInt8(0).appendVarInt64(0n).appendVarInt(offsetDelta);
  return (key === undefined ? begun.appendVarInt(-1) : begun.appendVarIntBytes(key))
    .appendVarIntBytes(value)
    .appendVarInt(0)
    .prependVarIntLength();
}
