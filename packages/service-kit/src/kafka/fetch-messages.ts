import type { Consumer } from '@platformatic/kafka';
import type { FetchAnswer, openFetch } from './fetch-answer.ts';
import type { FetchedBlock, FetchOptions, Position } from './messages.ts';
import { readRecords } from './records.ts';

/** Of one fetch: with less, the table gets more and smaller parts, which cost the server more than the rows. */
const MAX_BYTES = 8_388_608;

export interface FetchedMessages {
  readonly blocks: readonly FetchedBlock[];
  /** How many messages they have. */
  readonly count: number;
  /** For each partition that had messages: where to go on. */
  readonly next: readonly Position[];
  /** Messages in these partitions after the fetch. */
  readonly lag: number;
}

export interface Source {
  readonly consumer: Consumer;
  /** Of this consumer. */
  readonly ask: Ask;
}

type Ask = ReturnType<typeof openFetch>;

/** One fetch from the leader of each partition. @param from partition -> offset of the next message to read. */
export async function fetchMessages(
  { consumer, ask }: Source,
  options: FetchOptions,
  from: ReadonlyMap<number, bigint>,
): Promise<FetchedMessages> {
  const metadata = await consumer.metadata({ topics: [options.topic] });
  const topic = metadata.topics.get(options.topic);
  if (topic === undefined) throw new Error(`no topic ${options.topic}`);
  const leaderOf = (partition: number) => topic.partitions[partition]?.leader ?? -1;
  const leaders = [...new Set([...from.keys()].map(leaderOf))];
  const answers = await Promise.all(
    leaders.map((node) => {
      const partitions = [...from].filter(([partition]) => leaderOf(partition) === node);
      return askLeader(ask, node, topic.id, partitions, options);
    }),
  );
  const parts = answers
    .flatMap((answer) => answer.parts)
    .map(({ partition, highWatermark, records }) => {
      const start = from.get(partition) ?? 0n;
      return { partition, highWatermark, start, ...readRecords(options.topic, partition, records, start) };
    });
  const blocks = parts.flatMap((part) => part.blocks);
  return {
    blocks,
    count: blocks.reduce((sum, { count }) => sum + count, 0),
    next: parts
      .filter(({ next, start }) => next > start)
      .map(({ partition, next: offset }) => ({
        partition,
        offset,
        leaderEpoch: topic.partitions[partition]?.leaderEpoch ?? -1,
      })),
    lag: Number(parts.reduce((sum, { highWatermark, next }) => sum + highWatermark - next, 0n)),
  };
}

function askLeader(
  ask: Ask,
  node: number,
  topicId: string,
  partitions: readonly (readonly [partition: number, fetchOffset: bigint])[],
  { lingerBytes, lingerMs }: FetchOptions,
): Promise<FetchAnswer> {
  return ask({
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
