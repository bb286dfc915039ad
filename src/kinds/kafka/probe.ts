import { type ClusterView, describeCluster, type TopicView } from '../../clients/kafka/cluster.ts';
import { withKafka } from '../../clients/kafka/connect.ts';
import { failureText } from '../../clients/kafka/failure.ts';
import { topicConfigs } from '../../clients/kafka/topics.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import type { DeclaredTopic, KafkaOptions } from './options.ts';
import { driftText, planTopics, wantedConfigs } from './plan-topics.ts';

/** Deadline of all requests together: a frozen broker is named after this time. */
const PROBE_TIMEOUT_MS = 1500;

/** Facts of one broker, as `status --json` prints them. */
export interface KafkaFacts {
  readonly clusterId: string;
  readonly brokers: number;
  /** Node id of the active controller. */
  readonly controller: number | null;
  /** Topics of applications: the broker's own are not counted. */
  readonly topics: number;
  readonly partitions: number;
}

export async function probe({ instance, service }: InstanceInput<KafkaOptions>, signal: AbortSignal): Promise<Probe> {
  const declared = service.options.topics;
  try {
    return await withKafka({ address: instance.client, timeoutMs: PROBE_TIMEOUT_MS, signal }, async (ask) => {
      const cluster = await describeCluster(ask);
      const configs = await topicConfigs(ask, wantedConfigs(declared, cluster.topics));
      const { drift } = planTopics(declared, cluster.topics, configs);
      return {
        role: 'broker',
        reasons: reasonsOf(declared, cluster),
        degraded: drift.map((topic) => driftText(service.name, topic)),
        facts: { ...factsOf(cluster) },
      };
    });
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error, PROBE_TIMEOUT_MS)}`], facts: {} };
  }
}

/** Why it is not ready, in words; empty when it is. */
export function reasonsOf(declared: readonly DeclaredTopic[], { controller, topics }: ClusterView): readonly string[] {
  const there = new Set(topics.map(({ name }) => name));
  return [
    ...(controller === undefined ? ['no controller is active'] : []),
    ...declared
      .filter(({ name }) => !there.has(name))
      .map(({ name }) => `topic ${name} is missing: \`stackctl up\` makes it`),
    ...topics.flatMap(partitionReasons),
  ];
}

function partitionReasons({ name, partitions }: TopicView): readonly string[] {
  const leaderless = partitions.filter(({ leader }) => leader === undefined);
  const behind = partitions.filter(
    ({ leader, replicas, inSync }) => leader !== undefined && inSync.length < replicas.length,
  );
  return [
    ...(leaderless.length === 0 ? [] : [`topic ${name}: no leader for ${numbers(leaderless)}`]),
    ...(behind.length === 0 ? [] : [`topic ${name}: replicas out of sync in ${numbers(behind)}`]),
  ];
}

function numbers(partitions: TopicView['partitions']): string {
  const word = partitions.length === 1 ? 'partition' : 'partitions';
  return `${word} ${partitions.map(({ partition }) => partition).join(', ')}`;
}

function factsOf({ id, brokers, controller, topics }: ClusterView): KafkaFacts {
  const visible = topics.filter(({ internal }) => !internal);
  return {
    clusterId: id,
    brokers: brokers.length,
    controller: controller ?? null,
    topics: visible.length,
    partitions: visible.flatMap(({ partitions }) => partitions).length,
  };
}
