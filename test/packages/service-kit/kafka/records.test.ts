import { createRecordsBatch, fetchV17, Reader, ResponseError, readRecordsBatches, Writer } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../../../packages/service-kit/src/kafka/fetch-answer.ts';
import { messageAt } from '../../../../packages/service-kit/src/kafka/messages.ts';
import { readRecords } from '../../../../packages/service-kit/src/kafka/records.ts';

const CONTROL_BATCH = 0b100000;

interface BatchOptions {
  readonly compression?: 'none' | 'gzip';
  readonly headers?: boolean;
}

/** Messages as a producer sends them, from an offset that the broker gives. */
function batchOf(
  first: bigint,
  values: readonly string[],
  { compression = 'none', headers }: BatchOptions = {},
): Buffer {
  const messages = values.map((value, index) => ({
    topic: 't',
    key: Buffer.from(`key ${first + BigInt(index)}`),
    value: Buffer.from(value),
    timestamp: 1_700_000_000_000n + BigInt(index * 1_000_000),
    ...(headers ? { headers: new Map([[Buffer.from('name'), Buffer.from('x'.repeat(300))]]) } : {}),
  }));
  const bytes = Buffer.from(createRecordsBatch(messages as never, { compression }).buffer);
  bytes.writeBigInt64BE(first);
  return bytes;
}

function read(bytes: Buffer, start = 0n) {
  const { blocks, next } = readRecords('t', 2, bytes, start);
  const messages = blocks.flatMap((block) =>
    Array.from({ length: block.count }, (_, index) => messageAt(block, index)),
  );
  return { next, messages, texts: messages.map(({ offset, value }) => `${offset} ${value}`) };
}

test('keys, values and offsets are those that the library reads', () => {
  const bytes = Buffer.concat([
    batchOf(5n, ['a', '', 'ä'.repeat(20_000)], { headers: true }),
    batchOf(9_007_199_254_740_993n, ['b']),
  ]);
  const byLibrary = readRecordsBatches(Reader.from(bytes)).flatMap(({ firstOffset, records }) =>
    records.map(({ offsetDelta, key, value }) => ({ offset: firstOffset + BigInt(offsetDelta), key, value })),
  );
  const { messages, next } = read(bytes);
  expect(messages.map(({ offset, key, value }) => ({ offset, key, value }))).toEqual(byLibrary);
  expect(messages[0]).toMatchObject({ topic: 't', partition: 2 });
  expect(next).toBe(9_007_199_254_740_994n);
});

test('a message without a value is none with an empty one', () => {
  const bytes = batchOf(0n, ['']);
  expect(read(bytes).messages).toMatchObject([{ value: Buffer.alloc(0) }]);
  // Minus one, before the number of headers.
  bytes[bytes.length - 2] = 1;
  expect(read(bytes).messages).toMatchObject([{ key: Buffer.from('key 0'), value: undefined }]);
});

test('a compressed batch is read like another one', () => {
  const bytes = Buffer.concat([batchOf(0n, ['a', 'b'], { compression: 'gzip' }), batchOf(2n, ['c'])]);
  expect(read(bytes)).toMatchObject({ texts: ['0 a', '1 b', '2 c'], next: 3n });
  bytes.writeInt16BE(7, 21);
  expect(() => read(bytes)).toThrow('no compression has the number 7');
});

test('a batch that begins before the offset that was asked for gives what comes from there', () => {
  expect(read(batchOf(10n, ['a', 'b', 'c']), 11n)).toMatchObject({ texts: ['11 b', '12 c'], next: 13n });
  expect(read(batchOf(10n, ['a']), 11n)).toMatchObject({ texts: [], next: 11n });
});

test('marks of transactions are no messages, and are left behind', () => {
  const control = batchOf(1n, ['commit']);
  control.writeInt16BE(CONTROL_BATCH, 21);
  expect(read(Buffer.concat([batchOf(0n, ['a']), control]))).toMatchObject({ texts: ['0 a'], next: 2n });
});

test('a batch that is cut off is read the next time, wherever it is cut', () => {
  const [first, second] = [batchOf(0n, ['a', 'b']), batchOf(2n, ['c', 'd'], { headers: true })];
  for (let size = 0; size < second.length; size++) {
    const bytes = Buffer.concat([first, second.subarray(0, size)]);
    expect(read(bytes)).toMatchObject({ texts: ['0 a', '1 b'], next: 2n });
  }
  expect(read(second.subarray(0, 0), 7n)).toMatchObject({ texts: [], next: 7n });
});

test('a record that is longer than its batch is refused', () => {
  const bytes = batchOf(0n, ['a']);
  bytes[61] = 0x7e;
  expect(() => read(bytes)).toThrow('does not end where it should');
});

describe('the answer to a fetch', () => {
  interface PartOptions {
    readonly records?: Buffer;
    readonly errorCode?: number;
  }
  const answer = (parts: readonly PartOptions[]): Buffer =>
    Writer.create()
      .appendInt32(0)
      .appendInt16(0)
      .appendInt32(0)
      .appendArray([parts], (topic) =>
        topic
          .appendUUID('00000000-0000-4000-8000-000000000001')
          .appendArray([...parts], (part, { records, errorCode = 0 }, index) => {
            part.appendInt32(index).appendInt16(errorCode).appendInt64(70n).appendInt64(70n).appendInt64(0n);
            part.appendArray([1n], (aborted) => aborted.appendInt64(1n).appendInt64(2n)).appendInt32(-1);
            part.appendUnsignedVarInt(records === undefined ? 0 : records.length + 1);
            if (records !== undefined) part.append(records);
          }),
      )
      .appendTaggedFields().buffer;

  test('has the records of each partition as they were sent, also where they came in pieces', () => {
    const records = batchOf(0n, ['a'.repeat(200)]);
    const bytes = answer([{ records }, {}, { records: Buffer.alloc(0) }]);
    const whole = readAnswer(0, 1, 17, Reader.from(bytes));
    expect(whole.parts).toEqual([
      { partition: 0, highWatermark: 70n, records },
      { partition: 1, highWatermark: 70n, records: Buffer.alloc(0) },
      { partition: 2, highWatermark: 70n, records: Buffer.alloc(0) },
    ]);
    expect(fetchV17.parseResponse(0, 1, 17, Reader.from(bytes)).responses[0]?.partitions).toHaveLength(3);
  });

  test('with an error of a partition is refused as the library does it', () => {
    const bytes = answer([{}, { errorCode: 6 }]);
    const refusal = (parse: (reader: Reader) => unknown) => {
      try {
        return parse(Reader.from(bytes));
      } catch (error) {
        return error;
      }
    };
    const [own, library] = [
      refusal((reader) => readAnswer(0, 1, 17, reader)),
      refusal((reader) => fetchV17.parseResponse(0, 1, 17, reader)),
    ];
    expect(own).toBeInstanceOf(ResponseError);
    const errorsOf = (error: unknown) => (error as ResponseError).errors.map(({ message }) => message);
    expect(errorsOf(own)).toEqual(errorsOf(library));
    expect((own as ResponseError).message).toBe((library as ResponseError).message);
  });
});
