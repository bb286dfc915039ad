import type { InstanceInput } from '../../stack/contract/model.ts';
import { type Address, formatAddress, type Instance } from '../../stack/contract/model.ts';
import type { KafkaOptions } from './options.ts';

/** Where the broker keeps its data: in the image, and below its working folder (relative: any name is possible there). */
export const LOG_FOLDERS = { image: '/var/lib/kafka/data', binary: 'kafka' } as const;

interface Listener {
  readonly name: 'HOST' | 'INSIDE' | 'LOCAL' | 'CONTROLLER';
  readonly listens: Address;
  /** The address that clients of this listener get; undefined: it is not for clients. */
  readonly advertised?: Address;
}

/**
 * What the broker listens on. A client gets the address of the listener that it asked: programs on the host 127.0.0.1,
 * other instances the peer address.
 *
 * In a container, 127.0.0.1 with the host's port is the container itself. Where that port differs from the one inside,
 * LOCAL listens on it too, so that a tool in the container that asks `localhost:9092` gets an address that answers there.
 */
function listenersOf({ stack, instance }: InstanceInput<KafkaOptions>): readonly Listener[] {
  const loopback = '127.0.0.1';
  const isLocal = stack.runtime.addressing === 'loopback';
  const port = (name: string): number => {
    const { host, inside } = portOf(instance, name);
    return isLocal ? host : inside;
  };
  const bind = isLocal ? loopback : '0.0.0.0';
  const needsLocal = !isLocal && ![port('broker'), port('inside')].includes(instance.client.port);
  // The controller does not answer clients, so it must not listen on the port that they get.
  const isTaken = !isLocal && port('controller') === instance.client.port;
  return [
    { name: 'HOST', listens: { host: bind, port: port('broker') }, advertised: instance.client },
    { name: 'INSIDE', listens: { host: bind, port: port('inside') }, advertised: instance.peer },
    ...(needsLocal
      ? [
          {
            name: 'LOCAL',
            listens: { host: loopback, port: instance.client.port },
            advertised: instance.client,
          } as const,
        ]
      : []),
    { name: 'CONTROLLER', listens: { host: loopback, port: port('controller') + (isTaken ? 1 : 0) } },
  ];
}

/** The text of server.properties: one KRaft node, broker and controller in one process. */
export function serverProperties(input: InstanceInput<KafkaOptions>): string {
  const { stack, service } = input;
  const listeners = listenersOf(input);
  const controller = listeners.filter(({ name }) => name === 'CONTROLLER');
  const entries: readonly (readonly [string, string | number | boolean])[] = [
    ['process.roles', 'broker,controller'],
    ['node.id', 1],
    ['controller.quorum.voters', controller.map(({ listens }) => `1@${formatAddress(listens)}`).join(',')],
    ['controller.listener.names', 'CONTROLLER'],
    ['inter.broker.listener.name', 'INSIDE'],
    ['listeners', listeners.map(({ name, listens }) => `${name}://${formatAddress(listens)}`).join(',')],
    [
      'advertised.listeners',
      listeners
        .flatMap(({ name, advertised }) => (advertised === undefined ? [] : [`${name}://${formatAddress(advertised)}`]))
        .join(','),
    ],
    ['listener.security.protocol.map', listeners.map(({ name }) => `${name}:PLAINTEXT`).join(',')],
    ['log.dirs', LOG_FOLDERS[stack.runtime.startsFrom]],
    ['log.retention.hours', service.options.retentionHours],
    ['auto.create.topics.enable', service.options.autoCreateTopics],
    ...SINGLE_NODE,
    ...Object.entries(service.options.settings),
  ];
  const lines = new Map(entries.map(([key, value]) => [key, `${key}=${escapeValue(String(value))}`]));
  return `${['# Rendered by stackctl: change the stack and bring it up again.', ...lines.values()].join('\n')}\n`;
}

/**
 * One node holds every replica, and a group starts without waiting for more members. The controller forgets a killed
 * broker after 2 s instead of 9, because until then the new one is not let in: 3.5 s to come back instead of 11.6.
 * 5 partitions of each internal topic instead of 50 are created, and recovered after a crash, in a tenth of the time.
 */
const SINGLE_NODE: readonly (readonly [string, number])[] = [
  ['offsets.topic.replication.factor', 1],
  ['offsets.topic.num.partitions', 5],
  ['transaction.state.log.replication.factor', 1],
  ['transaction.state.log.min.isr', 1],
  ['transaction.state.log.num.partitions', 5],
  ['share.coordinator.state.topic.replication.factor', 1],
  ['share.coordinator.state.topic.min.isr', 1],
  ['share.coordinator.state.topic.num.partitions', 5],
  ['group.initial.rebalance.delay.ms', 0],
  ['broker.session.timeout.ms', 2000],
  ['broker.heartbeat.interval.ms', 500],
];

/** By the rules of java.util.Properties, which reads the file as ISO 8859-1. */
export function escapeValue(text: string): string {
  return text
    .replace(/[\\]/g, '\\\\')
    .replace(/^ /, '\\ ')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function portOf({ name, ports }: Instance, wanted: string): Instance['ports'][number] {
  const port = ports.find((candidate) => candidate.name === wanted);
  if (port === undefined) throw new Error(`${name} has no port named ${wanted}`);
  return port;
}
