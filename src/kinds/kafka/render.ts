import type { RenderedFile, TemplateVariables } from '../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { formatAddress } from '../../stack/contract/model.ts';
import { clusterIdOf } from './cluster-id.ts';
import type { KafkaOptions } from './options.ts';
import { LOG_FOLDERS, serverProperties } from './properties.ts';
import { HEALTHCHECK, LOG_CONFIG, START_AS_PROCESS, START_IN_CONTAINER, toolScript } from './scripts.ts';

type Input = InstanceInput<KafkaOptions>;

/** A broker hands its leaderships back and closes its logs; half a second with little data. */
const STOP_GRACE_S = 20;

/** The image's user appuser. The image declares both folders as volumes, and copies the files of the second one at every start. */
const APPUSER = 1000;
const SCRATCH = { '/etc/kafka/secrets': APPUSER, '/mnt/shared/config': APPUSER };

/** The quick compiler only, and no threads for collecting garbage: 340 MB resident, a port that is open after 1.7 s. */
const SMALL_JVM = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1';

/** A stack may bring its own server.properties.tmpl: `{{#each lines}}`, and what it adds. */
export function variables(input: Input): TemplateVariables {
  const { stack, instance } = input;
  return { project: stack.project.name, instance: instance.name, lines: serverProperties(input).trim().split('\n') };
}

export function files(input: Input): readonly RenderedFile[] {
  const { stack, service, instance } = input;
  const isLocal = stack.runtime.startsFrom === 'binary';
  const own = new Set(service.config.map(({ target }) => target));
  const configs = [
    { name: 'server.properties', text: serverProperties(input) },
    { name: 'log4j2.yaml', text: LOG_CONFIG },
  ].filter(({ name }) => !own.has(name));
  const scripts = [
    { name: 'start.sh', text: isLocal ? START_AS_PROCESS : START_IN_CONTAINER },
    { name: 'tool.sh', text: toolScript(insideAddress(input)) },
    ...(isLocal ? [] : [{ name: 'healthcheck.sh', text: HEALTHCHECK }]),
  ];
  return [
    ...configs.map(({ name, text }): RenderedFile => ({ path: `${instance.name}/${name}`, text, mode: 0o644 })),
    ...scripts.map(({ name, text }): RenderedFile => ({ path: `${instance.name}/${name}`, text, mode: 0o755 })),
  ];
}

export function container(input: Input): ContainerSpec {
  const { stack, service, instance } = input;
  return {
    entrypoint: ['sh', '/stackctl/start.sh'],
    command: ['/etc/kafka/docker/run'],
    environment: {
      CLUSTER_ID: clusterIdOf(stack.project.id, service.name),
      KAFKA_HEAP_OPTS: heap(service.options),
      KAFKA_JVM_PERFORMANCE_OPTS: SMALL_JVM,
    },
    volumes: { data: LOG_FOLDERS.image },
    scratch: SCRATCH,
    healthcheck: ['bash', '/stackctl/healthcheck.sh', String(instance.ports[0]?.inside)],
    stopGraceS: STOP_GRACE_S,
  };
}

export function process({ stack, service }: Input, { binaries, config, data }: ProcessPaths): ProcessSpec {
  return {
    argv: ['sh', `${config}/start.sh`],
    environment: {
      STACKCTL_CONFIG: config,
      STACKCTL_DATA: data,
      STACKCTL_JAVA: binaries.java ?? 'java',
      STACKCTL_LIBS: binaries.kafka ?? '',
      STACKCTL_CLUSTER: clusterIdOf(stack.project.id, service.name),
      STACKCTL_FOLDER: LOG_FOLDERS.binary,
      STACKCTL_JVM: `${heap(service.options)} ${SMALL_JVM}`,
    },
    stopGraceS: STOP_GRACE_S,
  };
}

export function startFacts({ service: { options } }: Input): Readonly<Record<string, unknown>> {
  return { heapMb: options.heapMb };
}

function heap({ heapMb }: KafkaOptions): string {
  return `-Xmx${heapMb}m`;
}

/** The address for a tool that runs beside the broker: the guide's `localhost:9092` in a container. */
function insideAddress({ stack, instance }: Input): string {
  if (stack.runtime.addressing === 'loopback') return formatAddress(instance.client);
  return `localhost:${instance.ports[0]?.inside}`;
}
