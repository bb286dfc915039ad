import { type Connection, Reader, readRecordsBatches, type Writer } from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { type Message, produce } from '../../../src/clients/kafka/produce-request.ts';

const NOW = 1_700_000_000_000;

/** What is sent, behind the header. */
function sent(messages: readonly Message[]): Reader {
  let payload: Writer | undefined;
  const send = (_key: number, _version: number, create: () => Writer): void => {
    payload = create();
  };
  produce({ send } as unknown as Connection, 'events', messages, 5000, NOW);
  if (payload === undefined) throw new Error('nothing was sent');
  return new Reader(payload.dynamicBuffer);
}

test('one batch for each partition, which every replica in sync has to have, of a producer without an id', () => {
  const message = (partition: number, text: string) => ({ partition, key: Buffer.from('k'), value: Buffer.from(text) });
  const reader = sent([message(2, 'a'), message(0, 'ä'), message(2, 'c')]);
  expect(reader.readNullableString()).toBeNull();
  expect([reader.readInt16(), reader.readInt32()]).toEqual([-1, 5000]);
  const topics = reader.readArray((topic) => ({
    name: topic.readString(),
    parts: topic.readArray((part) => {
      const partition = part.readInt32();
      const bytes = part.readUnsignedVarInt() - 1;
      const batches = readRecordsBatches(Reader.from(part.buffer.subarray(part.position, part.position + bytes)));
      part.skip(bytes);
      return { partition, batches };
    }),
  }));
  const values = topics[0]?.parts.map(({ partition, batches }) => [
    partition,
    ...batches.map(({ records }) => records.map(({ value, offsetDelta }) => `${offsetDelta} ${value}`)),
  ]);
  expect([topics.length, topics[0]?.name, values]).toEqual([
    ...[1, 'events'],
    [
      [2, ['0 a', '1 c']],
      [0, ['0 ä']],
    ],
  ]);
  expect(topics[0]?.parts[0]?.batches[0]).toMatchObject({
    ...{ magic: 2, attributes: 0, lastOffsetDelta: 1, producerId: -1n, producerEpoch: -1, firstSequence: -1 },
    ...{ firstTimestamp: BigInt(NOW), maxTimestamp: BigInt(NOW) },
  });
});

test('no key is written as none, and an empty one as empty', () => {
  const record = (key: Buffer | undefined) => sent([{ partition: 0, key, value: Buffer.from('v') }]).buffer.slice();
  // Its length, which is signed (-1 is written as 1), stands before length and byte of the value, no headers and three ends.
  expect([record(undefined).at(-7), record(Buffer.alloc(0)).at(-7)]).toEqual([1, 0]);
});
