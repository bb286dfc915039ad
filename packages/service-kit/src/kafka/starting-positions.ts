import { type Consumer, ListOffsetTimestamps } from '@platformatic/kafka';

/**
 * Partition -> offset of the next message: where the group has committed, or, without a commit and where the topic no
 * longer has that offset, the beginning of what the topic has.
 */
export async function startingPositions(
  consumer: Consumer,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  const topics = [{ topic, partitions: [...partitions] }];
  const [committed, earliest, latest] = await Promise.all([
    consumer.listCommittedOffsets({ topics }),
    consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.EARLIEST }),
    consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST }),
  ]);
  const at = (offsets: ReadonlyMap<string, readonly bigint[]>, partition: number) => offsets.get(topic)?.[partition];
  return new Map(
    partitions.map((partition) => {
      const start = at(earliest, partition) ?? 0n;
      const offset = at(committed, partition) ?? -1n;
      const end = at(latest, partition) ?? offset;
      return [partition, offset < start || offset > end ? start : offset];
    }),
  );
}
