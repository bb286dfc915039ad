import type { BuildSource, Instance, Service, Stack } from '../stack/contract/model.ts';
import { buildContent } from '../stack/derived/build-content.ts';
import { composeServiceOf, declaredComposeServices } from '../stack/derived/compose-services.ts';
import { LABELS } from '../stack/derived/labels.ts';
import { publishedPorts } from '../stack/derived/published-ports.ts';
import { areReplicas, replicaPorts } from '../stack/derived/replicas.ts';
import type { Member } from './compose-member.ts';
import { NETWORK_KEY } from './compose-network.ts';
import { volumeKey } from './compose-volumes.ts';
import { healthcheck } from './healthcheck.ts';
import { nonEmpty, nonEmptyTree, type Tree, withoutUndefined } from './yaml-tree.ts';

/** The entry of one instance, or of all replicas of a service, before the stack's own `compose:` is merged in. */
export function composeService(
  stack: Stack,
  { service, instance, spec, hasFiles }: Member,
  configHash: string | undefined,
): Tree {
  const replicas = areReplicas(stack.runtime, service);
  return withoutUndefined({
    image: service.image === '' ? undefined : service.image,
    build: service.build && buildSection(stack, service.build),
    scale: replicas && service.instances.length > 1 ? service.instances.length : undefined,
    init: true,
    restart: 'unless-stopped',
    stop_grace_period: `${spec.stopGraceS}s`,
    stop_signal: spec.stopSignal,
    shm_size: spec.shmSize,
    entrypoint: nonEmpty(spec.entrypoint),
    command: nonEmpty(spec.command),
    environment: nonEmptyTree(spec.environment),
    env_file: spec.envFile && [`./${instance.name}/${spec.envFile}`],
    depends_on: dependencies(stack, service),
    volumes: nonEmpty([
      ...(hasFiles ? [renderedFolder(instance)] : []),
      ...Object.entries(spec.volumes).map(([name, target]) => ({
        type: 'volume',
        source: volumeKey(service, instance, name),
        target,
      })),
    ]),
    tmpfs: spec.scratch && Object.entries(spec.scratch).map(([folder, user]) => `${folder}:uid=${user}`),
    healthcheck: healthcheck(stack, spec),
    ports: nonEmpty(portLines(service, instance, replicas)),
    networks: stack.network && {
      [NETWORK_KEY]: replicas ? {} : { ipv4_address: instance.peer.host, ...aliases(stack, service, instance) },
    },
    labels: withoutUndefined({
      [LABELS.project]: stack.project.id,
      [LABELS.service]: service.name,
      [LABELS.instance]: replicas ? undefined : instance.name,
      [LABELS.configHash]: configHash,
      [LABELS.network]: stack.network?.name,
      [LABELS.address]: replicas ? undefined : stack.network && instance.peer.host,
      [LABELS.alias]: namesOf(stack, service, instance).find((name) => name === service.name),
      [LABELS.stateFolder]: Object.values(spec.volumes)[0],
    }),
  });
}

function portLines(service: Service, instance: Instance, replicas: boolean): readonly string[] {
  const hostPort = (port: number): string => (replicas ? replicaPorts(port).join('-') : String(port));
  return publishedPorts(service, instance).map(({ host, inside }) => `127.0.0.1:${hostPort(host)}:${inside}`);
}

/** An instance answers to its own name, and to its service's where that means all of them; Compose adds its service. */
function aliases(stack: Stack, service: Service, instance: Instance): Tree {
  const composeService = composeServiceOf(stack, service, instance);
  const others = namesOf(stack, service, instance).filter((name) => name !== composeService);
  return others.length === 0 ? {} : { aliases: others };
}

function namesOf(stack: Stack, service: Service, instance: Instance): readonly string[] {
  const ofAll = service.kind.runsStackPrograms === true ? [service.name] : [];
  return [...new Set([instance.name, composeServiceOf(stack, service, instance), ...ofAll])];
}

function renderedFolder({ name }: Instance): Tree {
  const bind = { create_host_path: false };
  return { type: 'bind', source: `./${name}`, target: '/stackctl', read_only: true, bind };
}

/** Labelled as `up` labels what it builds, so that either knows the other's images. */
function buildSection(stack: Stack, source: BuildSource): Tree {
  const labels = { [LABELS.project]: stack.project.id, [LABELS.content]: buildContent(source) };
  const { folder: context, args, file: dockerfile, target } = source;
  return withoutUndefined({ context, dockerfile, target, args: nonEmptyTree(args), labels });
}

/** A further instance is no reason to recreate what depends on the service. */
function dependencies(stack: Stack, { dependsOn }: Service): Tree | undefined {
  const needed = stack.services.filter(({ name }) => dependsOn.includes(name));
  const names = needed.flatMap((other) => declaredComposeServices(stack, other));
  return nonEmptyTree(Object.fromEntries(names.map((name) => [name, { condition: 'service_started' }])));
}
