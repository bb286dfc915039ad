import { listGroupsV5, listOffsetsV9, offsetFetchV9, ResponseError } from '@platformatic/kafka';
import type { TopicView } from './cluster.ts';
import type { Ask } from './connect.ts';

/** Key of a partition in the tables below: `topic/number`. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** Offset of each partition; absent where the broker gave none. */
export type OffsetTable = ReadonlyMap<string, bigint>;

const TIMESTAMPS = { earliest: -2n, latest: -1n } as const;
const NO_REPLICA = -1;
const READ_UNCOMMITTED = 0;
const UNKNOWN = -1;

/** `earliest`: of the first record that is still there. `latest`: of the next record to come. */
export async function listOffsets(
  ask: Ask,
  topics: readonly TopicView[],
  which: keyof typeof TIMESTAMPS,
): Promise<OffsetTable> {
  if (topics.length === 0) return new Map();
  const request = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: UNKNOWN,
      timestamp: TIMESTAMPS[which],
    })),
  }));
  const response = await ask(listOffsetsV9.api, NO_REPLICA, READ_UNCOMMITTED, request).catch(
    partial<Awaited<ReturnType<typeof listOffsetsV9.api.async>>>,
  );
  return new Map(
    response.topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode, offset }) => errorCode === 0 && offset >= 0n)
        .map(({ partitionIndex, offset }): [string, bigint] => [partitionKey(name, partitionIndex), offset]),
    ),
  );
}

export interface GroupView {
  readonly name: string;
  /** As the broker calls it, e.g. `Stable`, `Empty`. */
  readonly state: string;
  /** Offset of the next record that the group reads, by partition. */
  readonly committed: OffsetTable;
}

/** Consumer groups and their committed offsets in these topics, by name. Joins none and commits nothing. */
export async function describeGroups(ask: Ask, topics: readonly TopicView[]): Promise<readonly GroupView[]> {
  const { groups } = await ask(listGroupsV5.api, [], []);
  if (groups.length === 0) return [];
  const wanted = topics.map(({ name, partitions }) => ({
    name,
    partitionIndexes: partitions.map(({ partition }) => partition),
  }));
  const request = groups.map(({ groupId }) => ({ groupId, memberId: null, memberEpoch: UNKNOWN, topics: wanted }));
  const response = await ask(offsetFetchV9.api, request, false).catch(
    partial<Awaited<ReturnType<typeof offsetFetchV9.api.async>>>,
  );
  return groups
    .map(({ groupId, groupState }) => ({
      name: groupId,
      state: groupState,
      committed: committedIn(response.groups.find((group) => group.groupId === groupId)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface FetchedGroup {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly committedOffset: bigint }[];
  }[];
}

function committedIn(group: FetchedGroup | undefined): OffsetTable {
  return new Map(
    (group?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ partitionIndex, committedOffset }): [string, bigint] => [
          partitionKey(name, partitionIndex),
          committedOffset,
        ]),
    ),
  );
}

/** For one partition without a leader the library rejects, with the whole answer in the error. */
function partial<Response>(error: unknown): Response {
  if (error instanceof ResponseError) return error.response as Response;
  throw error;
}
