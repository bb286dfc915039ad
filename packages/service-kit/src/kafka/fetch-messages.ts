import type { Consumer } from '@platformatic/kafka';
import type { Fetched, FetchOptions, Position } from './messages.ts';

const MAX_BYTES = 4_194_304;
/** Bit of a batch that holds marks of transactions instead of messages. */
const CONTROL_BATCH = 0b100000;

export interface FetchedMessages {
  readonly messages: readonly Fetched[];
  /** For each partition that had messages: where to go on. */
  readonly next: readonly Position[];
  /** Messages in these partitions after the fetch. */
  readonly lag: number;
}

/** One fetch from the leader of each partition. @param from partition -> offset of the next message to read. */
export async function fetchMessages(
  consumer: Consumer,
  options: FetchOptions,
  from: ReadonlyMap<number, bigint>,
): Promise<FetchedMessages> {
  const metadata = await consumer.metadata({ topics: [options.topic] });
  const topic = metadata.topics.get(options.topic);
  if (topic === undefined) throw new Error(`no topic ${options.topic}`);
  const leaderOf = (partition: number) => topic.partitions[partition]?.leader ?? -1;
  const leaders = [...new Set([...from.keys()].map(leaderOf))];
  const responses = await Promise.all(
    leaders.map((node) => {
      const partitions = [...from].filter(([partition]) => leaderOf(partition) === node);
      return askLeader(consumer, node, topic.id, partitions, options);
    }),
  );
  const parts = responses
    .flatMap(({ responses: topics }) => topics)
    .flatMap(({ partitions }) => partitions)
    .map((part) => ({ ...readPart(options.topic, part, from.get(part.partitionIndex) ?? 0n), ...part }));
  return {
    messages: parts.flatMap(({ messages }) => messages),
    next: parts
      .filter(({ offset, start }) => offset > start)
      .map(({ partitionIndex: partition, offset }) => ({
        partition,
        offset,
        leaderEpoch: topic.partitions[partition]?.leaderEpoch ?? -1,
      })),
    lag: Number(parts.reduce((sum, { highWatermark, offset }) => sum + highWatermark - offset, 0n)),
  };
}

function askLeader(
  consumer: Consumer,
  node: number,
  topicId: string,
  partitions: readonly (readonly [partition: number, fetchOffset: bigint])[],
  { lingerBytes, lingerMs }: FetchOptions,
) {
  return consumer.fetch({
    node,
    minBytes: lingerBytes,
    maxBytes: MAX_BYTES,
    maxWaitTime: lingerMs,
    topics: [
      {
        topicId,
        partitions: partitions.map(([partition, fetchOffset]) => ({
          partition,
          fetchOffset,
          partitionMaxBytes: MAX_BYTES,
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
        })),
      },
    ],
  });
}

type FetchResponse = Awaited<ReturnType<typeof askLeader>>;
type Part = FetchResponse['responses'][number]['partitions'][number];

/** @param start the offset that was asked for. */
function readPart(topic: string, { partitionIndex: partition, records }: Part, start: bigint) {
  const messages: Fetched[] = [];
  let offset = start;
  for (const batch of records ?? []) {
    offset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if ((batch.attributes & CONTROL_BATCH) !== 0) continue;
    for (const record of batch.records) {
      const own = batch.firstOffset + BigInt(record.offsetDelta);
      // The broker sends whole batches, from before the offset that was asked for.
      if (own < start) continue;
      messages.push({ topic, partition, offset: own, key: record.key, value: record.value });
    }
  }
  return { messages, start, offset };
}
