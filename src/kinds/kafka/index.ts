import type { Kind } from '../../stack/contract/kind.ts';
import { adopt } from './adopt.ts';
import { refuse, refuseScale } from './advice.ts';
import { JAVA, KAFKA_LIBS } from './binaries.ts';
import { cli, clientEnv, connection } from './client-side.ts';
import { type KafkaOptions, kafkaOptions } from './options.ts';
import { container, files, process, startFacts, variables } from './render.ts';
import { traffic } from './traffic.ts';
import { inspector } from './views.ts';

export const kind: Kind<KafkaOptions> = {
  name: 'kafka',
  description: 'A Kafka node in KRaft mode, broker and controller in one, with the topics that the stack declares.',
  options: kafkaOptions,
  ports: [
    { name: 'broker', inside: 9092 },
    { name: 'inside', inside: 9093 },
    // Listens on loopback: no client may ask there.
    { name: 'controller', inside: 9094, published: false },
  ],
  peerPort: 'inside',
  defaultImage: 'apache/kafka:4.1.1',
  volumes: ['data'],
  binaries: [JAVA, KAFKA_LIBS],
  variables,
  files,
  container,
  process,
  startFacts,
  refuse,
  refuseScale,
  // Loaded only when something is asked: they bring the client library, which rendering does not need.
  probe: async (input, signal) => (await import('./probe.ts')).probe(input, signal),
  provision: async (input, context) => (await import('./provision.ts')).provision(input, context),
  declared: {
    names: ({ service }) => service.options.topics.map(({ name }) => name),
    plan: async (input, signal) => (await import('./declared.ts')).declared.plan(input, signal),
    check: async (input, signal) => (await import('./declared.ts')).declared.check(input, signal),
    apply: async (input, signal) => (await import('./declared.ts')).declared.apply(input, signal),
  },
  cli,
  clientEnv,
  connection,
  inspector,
  traffic,
  adopt,
};
