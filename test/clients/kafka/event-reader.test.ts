import { fetchV12, listOffsetsV9, metadataV12, type RecordsBatch } from '@platformatic/kafka';
import { expect, test } from 'vitest';
import type { Ask } from '../../../src/clients/kafka/connect.ts';
import { BEGINNING, eventsBehind, presentState, type TopicState } from '../../../src/clients/kafka/event-reader.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import { foundIds } from '../../support/found-ids.ts';

const RUN = { runId: 'a1b2c3d4-e5f6', patienceMs: 0, signal: new AbortController().signal };
const id = (sequence: number): string => eventId(RUN.runId, sequence);

/** A record at each offset, with its offset as the sequence of its event. */
function batchAt(...offsets: readonly number[]): RecordsBatch {
  const [first = 0] = offsets;
  const records = offsets.map((offset) => ({ offsetDelta: offset - first, value: Buffer.from(id(offset)) }));
  const lastOffsetDelta = (offsets.at(-1) ?? 0) - first;
  return { attributes: 0, firstOffset: BigInt(first), lastOffsetDelta, records } as unknown as RecordsBatch;
}

interface Partition {
  readonly begin: number;
  readonly end: number;
  readonly batches: readonly RecordsBatch[];
}

/** What a broker answers that has these partitions. @param odd what it answers to a fetch instead. */
function brokerWith(partitions: readonly (Partition | undefined)[], odd?: object) {
  const fetched: number[] = [];
  const offsets = (which: 'begin' | 'end') =>
    partitions.map((own, partitionIndex) => ({
      ...{ partitionIndex, errorCode: own === undefined ? 6 : 0 },
      offset: BigInt(own?.[which] ?? -1),
    }));
  const fetchFrom = (args: readonly unknown[]) => {
    const [{ partitions: wanted }] = args[6] as [{ partitions: [{ partition: number; fetchOffset: bigint }] }];
    const [{ partition, fetchOffset }] = wanted;
    fetched.push(Number(fetchOffset));
    const { batches, end } = partitions[partition] as Partition;
    const next = batches.find(
      ({ firstOffset, lastOffsetDelta }) => firstOffset + BigInt(lastOffsetDelta) >= fetchOffset,
    );
    const records = next === undefined ? {} : { records: [next] };
    return { responses: [{ partitions: [{ highWatermark: BigInt(end), ...records, ...odd }] }] };
  };
  const ask = async (api: unknown, ...args: readonly unknown[]): Promise<unknown> => {
    if (api === metadataV12.api) {
      const ofTopic = partitions.map((_, partitionIndex) => ({ partitionIndex, leaderId: 1 }));
      return { topics: partitions.length === 0 ? [] : [{ name: 'events', partitions: ofTopic }] };
    }
    if (api === fetchV12.api) return odd !== undefined && 'responses' in odd ? odd : fetchFrom(args);
    if (api !== listOffsetsV9.api) throw new Error('not expected');
    const [{ timestamp }] = (args[2] as [{ partitions: [{ timestamp: bigint }] }])[0].partitions;
    return { topics: [{ name: 'events', partitions: offsets(timestamp === -1n ? 'end' : 'begin') }] };
  };
  return { ask: ask as unknown as Ask, fetched };
}

const read = async ({ ask }: { readonly ask: Ask }, behind: TopicState = BEGINNING) => {
  const { found, state } = await eventsBehind(ask, 'events', behind, RUN);
  return { ids: foundIds(RUN.runId, { found, contradictions: [] }), state };
};
const at = (...places: readonly number[]): TopicState =>
  new Map(places.map((place, partition) => [partition, { place: BigInt(place), open: new Map() }]));

test('every partition is read to its end, and the next reading goes on there', async () => {
  const broker = brokerWith([
    { begin: 0, end: 4, batches: [batchAt(0, 1), batchAt(2, 3)] },
    { begin: 5, end: 6, batches: [batchAt(5)] },
  ]);
  expect(await read(broker)).toEqual({ ids: [0, 1, 2, 3, 5].map(id), state: at(4, 6) });
  expect(await read(broker, at(3, 6))).toEqual({ ids: [id(3)], state: at(4, 6) });
  expect(broker.fetched).toEqual([0, 2, 5, 3]);
  expect(await presentState(broker.ask, 'events')).toEqual(at(4, 6));
});

test('gaps lead to the end, also one that reaches up to it; what retention has removed is passed over', async () => {
  const broker = brokerWith([{ begin: 10, end: 30, batches: [batchAt(10, 13), batchAt(20)] }]);
  expect(await read(broker, at(2))).toEqual({ ids: [10, 13, 20].map(id), state: at(30) });
});

const NOT_NOW = 'the topic events is not there, or has a partition without a leader';

test('a partition that is without a leader for a moment is waited for', async () => {
  const partitions: (Partition | undefined)[] = [undefined];
  const broker = brokerWith(partitions);
  let answers = 0;
  // It is back when topic, beginnings and ends were asked for in vain.
  const ask = (async (...given: Parameters<Ask>) => {
    const answer = await broker.ask(...given);
    answers += 1;
    if (answers === 3) partitions[0] = { begin: 0, end: 1, batches: [batchAt(0)] };
    return answer;
  }) as Ask;
  const reading = eventsBehind(ask, 'events', BEGINNING, { ...RUN, patienceMs: 60_000 });
  expect([...(await reading).found.from(0)]).toEqual([0]);
});

test('what cannot be read to its end is an error: a part of it would look like a loss', async () => {
  const whole = { begin: 0, end: 2, batches: [batchAt(0, 1)] };
  await expect(read(brokerWith([]))).rejects.toThrow(NOT_NOW);
  await expect(read(brokerWith([whole, undefined]))).rejects.toThrow(NOT_NOW);
  await expect(read(brokerWith([whole], { responses: [] }))).rejects.toThrow('the broker sent none of it');
  await expect(read(brokerWith([whole], { highWatermark: 1n }))).rejects.toThrow('ends earlier than a moment ago');
  // Before the first event everything is still to come.
  expect(await presentState(brokerWith([]).ask, 'events')).toEqual(BEGINNING);
  expect(await presentState(brokerWith([whole, undefined]).ask, 'events')).toEqual(at(2));
});
