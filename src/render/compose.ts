import { Document, visit } from 'yaml';
import type { ContainerSpec } from '../stack/contract/kind.ts';
import type { BuildSource, Instance, Network, Service, Stack } from '../stack/contract/model.ts';
import { buildContent } from '../stack/derived/build-content.ts';
import { composeServiceOf, declaredComposeServices } from '../stack/derived/compose-services.ts';
import { LABELS } from '../stack/derived/labels.ts';
import { publishedPorts } from '../stack/derived/published-ports.ts';
import { areReplicas, replicaPorts } from '../stack/derived/replicas.ts';
import { mergeService } from './merge-service.ts';

type Tree = Readonly<Record<string, unknown>>;

/** Compose's key of the only network; its name on the machine is the stack's. */
const NETWORK_KEY = 'default';

/**
 * The text of compose.yaml: one Compose service for each instance, so that each has its own address, ports and volumes,
 * and one with several replicas for the instances that need none of that (`areReplicas`). Same stack and hashes, same
 * bytes. Runs by itself with `docker compose up` in the rendered folder.
 *
 * @param hashes instance name -> hash of its rendered files; a changed one makes Compose recreate the container.
 * @param withoutFiles names of instances that have no rendered files, and so no folder to mount.
 */
export function renderCompose(
  stack: Stack,
  hashes: ReadonlyMap<string, string>,
  withoutFiles: ReadonlySet<string> = new Set(),
): string {
  const members = stack.services.flatMap((service) =>
    rendered(stack, service).map((instance) => ({
      service,
      instance,
      spec: service.kind.container({ stack, service, instance }),
      hasFiles: !withoutFiles.has(instance.name),
    })),
  );
  const document = new Document(
    withoutUndefined({
      name: stack.project.id,
      services: Object.fromEntries(
        members.map((member) => [
          composeServiceOf(stack, member.service, member.instance),
          mergeService(
            escapeDollars(composeService(stack, member, hashes.get(member.instance.name))) as Tree,
            member.service.compose,
          ),
        ]),
      ),
      networks: stack.network && { [NETWORK_KEY]: composeNetwork(stack, stack.network) },
      volumes: volumes(stack, members),
    }),
    // YAML 1.1 quotes what other parsers would read as a boolean or a base-60 number (`on`, `22:22`).
    { version: '1.1', aliasDuplicateObjects: false },
  );
  document.commentBefore = header(stack);
  quoteOddTexts(document);
  return document.toString({ lineWidth: 0, directives: false, doubleQuotedAsJSON: true });
}

/** Readers of YAML differ about tabs and the like at the start of a line: these texts are written as JSON writes them. */
function quoteOddTexts(document: Document): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && /[\p{Cc}\p{Zl}\p{Zp}\u00a0\ufeff]/u.test(node.value))
        node.type = 'QUOTE_DOUBLE';
    },
  });
}

interface Member {
  readonly service: Service;
  readonly instance: Instance;
  readonly spec: ContainerSpec;
  readonly hasFiles: boolean;
}

/** The first of the replicas speaks for all. */
function rendered(stack: Stack, { instances, through }: Service): readonly Instance[] {
  return areReplicas(stack.runtime, { through }) ? instances.slice(0, 1) : instances;
}

function header(stack: Stack): string {
  return [
    ` Rendered by stackctl from the stack ${stack.name}. Changes made here are lost:`,
    ` change the values or the stack and run \`stackctl render ${stack.name}\` or \`stackctl up ${stack.name}\` again.`,
  ].join('\n');
}

function composeService(
  stack: Stack,
  { service, instance, spec, hasFiles }: Member,
  configHash: string | undefined,
): Tree {
  const replicas = areReplicas(stack.runtime, service);
  return withoutUndefined({
    image: service.image,
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
    ports: portLines(service, instance, replicas),
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
  return publishedPorts('docker', service, instance).map(({ host, inside }) => `127.0.0.1:${hostPort(host)}:${inside}`);
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
  return withoutUndefined({ context: source.folder, args: nonEmptyTree(source.args), labels });
}

/** A further instance is no reason to make anew what depends on the service. */
function dependencies(stack: Stack, { dependsOn }: Service): Tree | undefined {
  const needed = stack.services.filter(({ name }) => dependsOn.includes(name));
  const names = needed.flatMap((other) => declaredComposeServices(stack, other));
  return nonEmptyTree(Object.fromEntries(names.map((name) => [name, { condition: 'service_started' }])));
}

function healthcheck(stack: Stack, spec: ContainerSpec): Tree | undefined {
  if (spec.healthcheck.length === 0) return undefined;
  const startInterval = stack.values.find(({ name }) => name === 'healthStartInterval')?.value;
  return {
    test: ['CMD', ...spec.healthcheck],
    interval: `${spec.healthcheckEveryS ?? 5}s`,
    timeout: '3s',
    retries: 5,
    // Engines before 25 refuse the whole file when it has a start_interval, which counts only during the start period.
    ...(typeof startInterval === 'string' && startInterval !== ''
      ? { start_period: '30s', start_interval: startInterval }
      : {}),
  };
}

function composeNetwork(stack: Stack, { name, subnet }: Network): Tree {
  return {
    name,
    ipam: { config: [addressPool(stack, subnet)] },
    labels: { [LABELS.project]: stack.project.id },
  };
}

/** Upper parts of a /24 as first address and prefix, the largest first. */
const POOLS = [
  [128, 25],
  [192, 26],
  [224, 27],
  [240, 28],
] as const;

/**
 * A stranger that joins the network while an instance is stopped or cut off must not be given the instance's address, nor
 * a replica: the Engine hands out only the largest upper part in which no instance has its own.
 */
function addressPool(stack: Stack, subnet: string): Tree {
  const prefix = subnet.split('.').slice(0, 3).join('.');
  const own = stack.services
    .filter((service) => !areReplicas(stack.runtime, service))
    .flatMap(({ instances }) => instances.map(({ peer }) => Number(peer.host.split('.')[3])));
  const pool = POOLS.find(([first]) => own.every((number) => number < first));
  if (!subnet.endsWith('.0/24') || pool === undefined) return { subnet };
  return { subnet, ip_range: `${prefix}.${pool.join('/')}`, gateway: `${prefix}.1` };
}

function volumes(stack: Stack, members: readonly Member[]): Tree | undefined {
  return nonEmptyTree(
    Object.fromEntries(
      members.flatMap(({ service, instance, spec }) =>
        Object.entries(spec.volumes).map(([name, target], index) => [
          volumeKey(service, instance, name),
          {
            labels: {
              [LABELS.project]: stack.project.id,
              [LABELS.service]: service.name,
              [LABELS.instance]: instance.name,
              ...(index === 0 && { [LABELS.stateFolder]: target }),
            },
          },
        ]),
      ),
    ),
  );
}

/** As the stack calls it; further instances have the number behind it. */
function volumeKey({ volumes }: Service, instance: Instance, volume: string): string {
  const given = volumes[volume];
  if (given === undefined) return `${instance.name}-${volume}`;
  return instance.index === 1 ? given : `${given}-${instance.index}`;
}

/** Compose replaces `$NAME` from the environment; what the stack says is meant literally. */
function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]));
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

function nonEmptyTree(tree: Tree | undefined): Tree | undefined {
  return tree === undefined || Object.keys(tree).length === 0 ? undefined : tree;
}

function withoutUndefined(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}
