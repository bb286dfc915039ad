import type { AdoptCapability, Adoption, ComposeService } from '../../stack/contract/compose-service.ts';
import { argumentsOf, leftOutMounts, readVariables, type VariableReader } from '../../stack/derived/compose-reading.ts';
import { topicName } from './options.ts';

/**
 * A tag of the official image: it has one for each release with three numbers, and the kind starts 4.0 and newer. Versions of Confluent's
 * images count otherwise.
 */
const official = (tag: string | undefined): string | undefined => {
  const version = /^(\d+)\.\d+\.\d+/.exec(tag ?? '');
  return version !== null && Number(version[1]) >= 4 ? `apache/kafka:${version[0]}` : undefined;
};
const ours = (): undefined => undefined;

/** How services of a Compose file that run Kafka are read, in the packagings that are about. */
export const adopt: AdoptCapability = {
  images: {
    'apache/kafka': 'kept',
    'bitnami/kafka': official,
    'bitnamilegacy/kafka': official,
    'confluentinc/cp-kafka': ours,
    'confluentinc/cp-server': ours,
    'confluentinc/confluent-local': ours,
    'wurstmeister/kafka': ours,
  },
  companions: [
    'zookeeper',
    'bitnami/zookeeper',
    'bitnamilegacy/zookeeper',
    'confluentinc/cp-zookeeper',
    'wurstmeister/zookeeper',
  ],
  read,
};

/** Listeners, roles, nodes and folders follow from the stack, and a single node has one replica of everything. */
const OURS =
  /^(PROCESS_ROLES|NODE_ID|BROKER_ID|(ADVERTISED_|CONTROLLER_)?LISTENERS?|ADVERTISED_(HOST_NAME|PORT)|LISTENER_.*|(CONTROLLER|INTER_BROKER)_.*|ZOOKEEPER_.*|CLUSTER_ID|KRAFT_.*|LOG_DIRS?|OFFSETS_TOPIC_REPLICATION_FACTOR|TRANSACTION_STATE_LOG_(MIN_ISR|REPLICATION_FACTOR)|DEFAULT_REPLICATION_FACTOR|MIN_INSYNC_REPLICAS|SHARE_COORDINATOR_.*|CONFLUENT_.*|BROKER_RACK|ENABLE_KRAFT|OPTS)$/;

/** Settings of the broker that the kind passes on: https://kafka.apache.org/documentation/#brokerconfigs. */
const SETTING =
  /^(NUM|LOG|MESSAGE|REPLICA|SOCKET|QUEUED|GROUP|OFFSETS|TRANSACTION|TRANSACTIONAL|DELETE|COMPRESSION|CONNECTIONS|MAX|UNCLEAN|BACKGROUND|FETCH|METADATA)_/;

/** How the images start a broker. */
const SERVER = /^(run|run\.sh|start-kafka\.sh|kafka-server-start(\.sh)?|configure|local)$/;

function read(service: ComposeService, alike: readonly ComposeService[]): Adoption {
  const variables = readVariables(service);
  const first = alike.find((other) => clusterOf(other) === clusterOf(service));
  if (first !== undefined && first.name !== service.name && clusterOf(service) !== undefined) {
    return {
      type: 'same',
      as: first.name,
      why: `it is a further broker of the cluster of ${first.name}, and the kind is one node`,
    };
  }
  if (argumentsOf(service, SERVER) === undefined) {
    const words = [...(service.entrypoint ?? []), ...(service.command ?? [])].join(' ');
    return /kafka-topics|topic create/.test(words)
      ? { type: 'job', why: 'it makes topics: declare them under `options: {topics: …}` of the Kafka service' }
      : { type: 'other', why: 'its command starts something else than a broker' };
  }
  const auto = variables.take('KAFKA_AUTO_CREATE_TOPICS_ENABLE', 'KAFKA_CFG_AUTO_CREATE_TOPICS_ENABLE');
  const topics = topicsOf(variables.take('KAFKA_CREATE_TOPICS') ?? '');
  const heap = heapOf(variables.take('KAFKA_HEAP_OPTS') ?? '');
  const retention = variables.take('KAFKA_LOG_RETENTION_HOURS', 'KAFKA_CFG_LOG_RETENTION_HOURS');
  variables.ignore(/^(ALLOW_PLAINTEXT_LISTENER|CLUSTER_ID)$/);
  const settings = settingsOf(variables);
  const autoCreateTopics = auto === undefined || auto.toLowerCase() === 'true';
  const hours = Number(retention);
  return {
    type: 'server',
    options: {
      ...(topics.length === 0 ? {} : { topics }),
      ...(autoCreateTopics ? { autoCreateTopics } : {}),
      ...(heap === undefined ? {} : { heapMb: heap }),
      ...(retention !== undefined && hours >= 1 ? { retentionHours: hours } : {}),
      ...(Object.keys(settings).length === 0 ? {} : { settings }),
    },
    ports: brokerPorts(service),
    anyPort: true,
    leftOut: [...variables.leftOut(), ...leftOutMounts(service, () => undefined)],
    changed: [
      ...(autoCreateTopics
        ? [
            '`autoCreateTopics: true`, as Kafka itself has it: declare the topics under `options: {topics: …}` and take it out',
          ]
        : []),
      ...(alike.filter((other) => clusterOf(other) !== undefined && clusterOf(other) === clusterOf(service)).length > 1
        ? ['it is one node instead of several: a topic has one replica']
        : []),
    ],
  };
}

/** What the nodes of one cluster have in common. */
function clusterOf(service: ComposeService): string | undefined {
  const variables = readVariables(service);
  const voters = variables.take('KAFKA_CONTROLLER_QUORUM_VOTERS', 'KAFKA_CFG_CONTROLLER_QUORUM_VOTERS');
  if (voters !== undefined) return voters.includes(',') ? voters : undefined;
  return variables.take('KAFKA_ZOOKEEPER_CONNECT', 'KAFKA_CFG_ZOOKEEPER_CONNECT');
}

/** Clients of this machine come to the port that a listener advertises for `localhost`, or to the first one that is published. */
function brokerPorts(service: ComposeService): Readonly<Record<number, string>> {
  const variables = readVariables(service);
  const advertised = variables.take('KAFKA_ADVERTISED_LISTENERS', 'KAFKA_CFG_ADVERTISED_LISTENERS') ?? '';
  const local = /:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(advertised)?.[1];
  const published = service.ports.filter(({ outside, protocol }) => outside !== undefined && protocol === 'tcp');
  const chosen = published.find(({ outside }) => outside === Number(local)) ?? published[0];
  return { [chosen?.inside ?? 9092]: 'broker' };
}

/** `orders:3:1,clicks:1:1:compact`, as wurstmeister's image reads it: name, partitions, replicas, clean-up policy. */
function topicsOf(text: string) {
  return text.split(/[,\n]/).flatMap((one) => {
    const [name = '', partitions = '1', , policy] = one.trim().split(':');
    if (!topicName.safeParse(name).success) return [];
    const count = Number(partitions);
    return [
      {
        name,
        partitions: count >= 1 ? count : 1,
        ...(policy === undefined || policy === '' ? {} : { config: { 'cleanup.policy': policy } }),
      },
    ];
  });
}

/** `-Xmx512M -Xms512M` in megabytes, at least what the kind starts with. */
function heapOf(text: string): number | undefined {
  const [, amount, unit = ''] = /-Xmx(\d+)([kmg])/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const factor = { k: 1 / 1024, m: 1, g: 1024 }[unit.toLowerCase()] ?? 1;
  return Math.max(256, Math.round(Number(amount) * factor));
}

function settingsOf(variables: VariableReader): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const [name, value] of variables.others()) {
    const key = /^KAFKA_(?:CFG_)?(.+)$/.exec(name)?.[1];
    if (key === undefined) continue;
    if (SETTING.test(key) && !OURS.test(key)) settings[key.toLowerCase().replaceAll('_', '.')] = value;
    if (SETTING.test(key) || OURS.test(key)) variables.take(name);
  }
  return settings;
}
