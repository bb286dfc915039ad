import { apiVersionsV3, describeQuorumV2, metadataV12, ResponseError } from '@platformatic/kafka';
import type { Ask } from './connect.ts';

export interface PartitionView {
  readonly partition: number;
  /** Node id; undefined: the partition has no leader. */
  readonly leader: number | undefined;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface TopicView {
  readonly name: string;
  /** A topic of the broker itself, e.g. `__consumer_offsets`. */
  readonly internal: boolean;
  /** By number. */
  readonly partitions: readonly PartitionView[];
}

export interface ClusterView {
  readonly id: string;
  /** Node ids. */
  readonly brokers: readonly number[];
  /** Node id of the active controller; undefined: there is none. */
  readonly controller: number | undefined;
  /** By name. */
  readonly topics: readonly TopicView[];
}

/** The cluster as one broker sees it. @throws what `Ask` does; a topic that is not ready yet is no error. */
export async function describeCluster(ask: Ask): Promise<ClusterView> {
  await ask(apiVersionsV3.api, 'stackctl', '1');
  const metadata = await ask(metadataV12.api, null, false, false).catch(partialMetadata);
  return {
    id: metadata.clusterId ?? '',
    brokers: metadata.brokers.map(({ nodeId }) => nodeId),
    controller: await activeController(ask),
    topics: topicsIn(metadata),
  };
}

/** Every topic, by name. @throws as `describeCluster`. */
export async function listTopics(ask: Ask): Promise<readonly TopicView[]> {
  return topicsIn(await ask(metadataV12.api, null, false, false).catch(partialMetadata));
}

/**
 * One topic; undefined: it is not there, or not yet.
 * @param orMake the broker makes one that is missing, where it is configured to. @throws as `describeCluster`.
 */
export async function describeTopic(ask: Ask, name: string, orMake?: 'orMake'): Promise<TopicView | undefined> {
  const metadata = await ask(metadataV12.api, [name], orMake !== undefined, false).catch(partialMetadata);
  return topicsIn(metadata).find((topic) => topic.name === name && topic.partitions.length > 0);
}

type MetadataResponse = Awaited<ReturnType<typeof metadataV12.api.async>>;

/** For one partition without a leader the library rejects, with the whole answer in the error. */
function partialMetadata(error: unknown): MetadataResponse {
  if (error instanceof ResponseError) return error.response as MetadataResponse;
  throw error;
}

function topicsIn({ topics }: MetadataResponse): readonly TopicView[] {
  return topics
    .map(({ name, isInternal, partitions }) => ({
      name: name ?? '',
      internal: isInternal,
      partitions: partitions
        .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
          partition: partitionIndex,
          leader: leaderId < 0 ? undefined : leaderId,
          replicas: replicaNodes,
          inSync: isrNodes,
        }))
        .sort((a, b) => a.partition - b.partition),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The broker passes this on to the controller, so an answer proves that there is one. Metadata only names a broker. */
async function activeController(ask: Ask): Promise<number | undefined> {
  const { topics } = await ask(describeQuorumV2.api, [
    { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] },
  ]);
  const leader = topics[0]?.partitions[0]?.leaderId ?? -1;
  return leader < 0 ? undefined : leader;
}
