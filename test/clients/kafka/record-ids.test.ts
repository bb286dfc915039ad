import { Reader, type RecordsBatch, readRecordsBatch } from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { recordBatch } from '../../../src/clients/kafka/produce-request.ts';
import { type PartitionState, readBatches } from '../../../src/clients/kafka/record-ids.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';

const RUN = 'a1b2c3d4-e5f6';
const id = (sequence: number): string => eventId(RUN, sequence);

/** As a broker gives it back. */
function batch(firstOffset: number, texts: readonly string[], given: Partial<RecordsBatch> = {}): RecordsBatch {
  const messages = texts.map((text) => ({ partition: 0, key: undefined, value: Buffer.from(text) }));
  const read = readRecordsBatch(new Reader(recordBatch(messages, 5n).dynamicBuffer));
  return { ...read, firstOffset: BigInt(firstOffset), ...given };
}

const TRANSACTIONAL = 16;
const of = (producer: number) => ({ attributes: TRANSACTIONAL, producerId: BigInt(producer) });

function marker(offset: number, producer: number, type: 'abort' | 'commit'): RecordsBatch {
  const whole = batch(offset, [''], { attributes: TRANSACTIONAL | 32, producerId: BigInt(producer) });
  const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]);
  return { ...whole, records: whole.records.map((record) => ({ ...record, key })) };
}

const from = (place: number): PartitionState => ({ place: BigInt(place), open: new Map() });
const read = (batches: readonly RecordsBatch[], state = from(0)) => readBatches(batches, state, RUN);

test('ids of the run, each as often as it is there, and the place behind the last batch', () => {
  const found = read([batch(0, [id(1), 'else', `${id(1)} ${eventId('ffffffff-e5f6', 1)}`]), batch(3, [id(2)])]);
  expect(found).toEqual({ ids: [id(1), id(1), id(2)], state: from(4) });
});

test('a batch that begins before the place is read from there', () => {
  expect(read([batch(10, [id(0), id(1), id(2)])], from(12))).toEqual({ ids: [id(2)], state: from(13) });
});

test('records that were compacted away leave gaps, within a batch and at its end', () => {
  const whole = batch(10, [id(0), id(1), id(2), id(3)]);
  const compacted = { ...whole, records: whole.records.slice(1, 2) };
  expect(read([compacted, batch(30, [], { lastOffsetDelta: 4 })], from(5))).toEqual({ ids: [id(1)], state: from(35) });
});

test('a transaction counts when its commit is read, in whatever part that comes', () => {
  const first = read([batch(0, [id(0)], of(1)), batch(1, [id(1)], of(2)), batch(2, [id(2)])]);
  expect(first.ids).toEqual([id(2)]);
  const second = read([marker(3, 2, 'abort'), batch(4, [id(4)], of(2))], first.state);
  expect(second.ids).toEqual([]);
  const third = read([marker(5, 1, 'commit'), marker(6, 2, 'commit'), marker(7, 3, 'commit')], second.state);
  expect(third).toEqual({ ids: [id(0), id(4)], state: from(8) });
  // What was read before stays as it was.
  expect(first.state.open).toEqual(
    new Map([
      [1n, [id(0)]],
      [2n, [id(1)]],
    ]),
  );
});
