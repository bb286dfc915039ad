/** The Stack that everything else reads, from what was loaded, given and recorded. Pure. */

import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { parseDuration } from '../../lib/duration.ts';
import type { Kind } from '../contract/kind.ts';
import type {
  BuildSource,
  ConfigTemplate,
  EnvironmentVariable,
  Instance,
  InstancePort,
  Network,
  Profile,
  ProjectIdentity,
  RecordedPrimary,
  ResolvedValue,
  RuntimeName,
  Service,
  Stack,
  ValueScalar,
} from '../contract/model.ts';
import { addressesOf, MAX_INSTANCES } from '../derived/addresses.ts';
import { areReplicas } from '../derived/replicas.ts';
import type { PortTable, PortWish } from '../ports/ports.ts';
import { fieldName, type Problem } from '../source/problem.ts';
import { givenImage } from '../values/image-values.ts';
import { BUILT_IN, invalidValues } from '../values/values.ts';
import { checkFilledAddresses } from './check-addresses.ts';
import { checkService, type FilledMistake } from './check-kinds.ts';
import { checkNetwork } from './check-network.ts';
import { invalidStack, type LoadedStack } from './load-spec.ts';
import { portRanges, rangeProblems } from './port-ranges.ts';
import { fillReferences, referencesIn } from './references.ts';
import type { ServiceSpec } from './spec.ts';

/** What was decided for a project; without one, everything has its default. */
export interface Decisions {
  readonly counts?: Readonly<Record<string, number>>;
  readonly ports?: PortTable;
  readonly network?: Network | null;
  readonly primaries?: Readonly<Record<string, RecordedPrimary>>;
}

export interface StackInput {
  readonly loaded: LoadedStack;
  readonly values: readonly ResolvedValue[];
  readonly profile: Profile;
  readonly identity: ProjectIdentity;
}

export interface ResolveInput extends StackInput {
  readonly runtime: RuntimeName;
  readonly decisions?: Decisions;
}

/** A stack, or why there is none: what was given wrongly, or what is wrong in stack.yaml itself. */
export type Resolution = { readonly stack: Stack; readonly blame?: never } | Refused;

export interface Refused {
  readonly blame: 'values' | 'stack';
  /** Name of the stack, or what messages call its file. */
  readonly subject: string;
  readonly problems: readonly Problem[];
}

/** @throws E_VALUE_INVALID or E_STACK_INVALID for what was refused. */
export function resolved(resolution: Resolution): Stack {
  if (resolution.blame === undefined) return resolution.stack;
  const { blame, subject, problems } = resolution;
  throw blame === 'values' ? invalidValues(subject, problems) : invalidStack(subject, problems);
}

/**
 * Refused when a kind refuses its options, naming the place that is to blame.
 * @throws E_SCALE_REFUSED when more instances are asked for than the address plan has room for.
 */
export function tryResolve(input: ResolveInput): Resolution {
  return checkFilled(input) ?? { stack: stackOf(input) };
}

/** As `tryResolve`. @throws E_VALUE_INVALID or E_STACK_INVALID for what was refused; E_SCALE_REFUSED. */
export function resolveStack(input: ResolveInput): Stack {
  return resolved(tryResolve(input));
}

function stackOf(input: ResolveInput): Stack {
  const { loaded, runtime, profile, identity, decisions = {} } = input;
  return {
    name: loaded.spec.stack,
    description: loaded.spec.description,
    folder: loaded.folder,
    runtime,
    profile,
    project: identity,
    values: input.values,
    services: Object.entries(loaded.spec.services).map(([name, spec], index) =>
      resolveService(name, spec, index, input),
    ),
    network: runtime === 'docker' ? (decisions.network ?? defaultNetwork(input)) : undefined,
    primaries: decisions.primaries ?? {},
    readiness: { timeoutMs: parseDuration(loaded.spec.readiness.timeout) ?? 60_000 },
    migrations: loaded.migrations,
    traffic: loaded.spec.traffic === undefined ? undefined : join(loaded.folder, loaded.spec.traffic),
  };
}

/** The network name that the stack wants, before anybody else's networks are looked at. */
export function wantedNetworkName({ loaded, values, identity }: StackInput): string {
  return loaded.spec.network === undefined
    ? identity.id
    : String(fillReferences(loaded.spec.network, valueMap(values)));
}

/** The ports that the stack wants on the host for these counts of instances. */
export function portWishes(input: StackInput, counts: Readonly<Record<string, number>> = {}): readonly PortWish[] {
  return Object.entries(input.loaded.spec.services).flatMap(([service, spec]) => {
    const kind = kindOf(spec, input.loaded);
    const count = countOf(service, spec, counts);
    const ofReplica = areReplicas('docker', spec);
    return indexes(ofReplica ? MAX_INSTANCES : count).flatMap((index) =>
      kind.ports.map(({ name, inside, published }) => ({
        service,
        instance: `${service}-${index}`,
        name,
        wanted: (baseOf(spec, name, input) ?? inside) + index - 1,
        ...(published === false && { notInDocker: true as const }),
        ...(ofReplica && { ofReplica: true as const }),
        ...(index > count && { spare: true as const }),
      })),
    );
  });
}

const DEFAULT_SUBNET = '172.30.0.0/24';

function defaultNetwork(input: StackInput): Network {
  return { name: wantedNetworkName(input), subnet: DEFAULT_SUBNET };
}

function resolveService(name: string, spec: ServiceSpec, serviceIndex: number, input: ResolveInput): Service {
  const { loaded, values, decisions } = input;
  const kind = kindOf(spec, loaded);
  const filled = valueMap(values);
  return {
    name,
    kind,
    instances: indexes(countOf(name, spec, decisions?.counts)).map((index) =>
      resolveInstance({ service: name, spec, kind, serviceIndex, index, input }),
    ),
    declaredInstances: spec.instances,
    image: imageOf(name, spec, kind, input),
    imageValues: referencesIn([spec.image, typeof spec.build === 'object' ? spec.build.args : {}]).map(
      (one) => one.name,
    ),
    options: kind.options.parse(fillReferences(spec.options, filled)),
    dependsOn: spec.dependsOn,
    monitors: spec.monitors,
    primaryFrom: spec.primaryFrom,
    config: configOf(kind, loaded.templates.get(name) ?? []),
    compose: fillReferences(spec.compose, forCompose(filled)) as Readonly<Record<string, unknown>>,
    volumes: spec.volumes,
    build: buildOf(name, spec, input),
    command: spec.command ?? [],
    environment: Object.entries(spec.environment).map(([variable, given]): EnvironmentVariable => {
      const { value, description } = typeof given === 'object' ? given : { value: given, description: undefined };
      return { name: variable, value: fillReferences(value, filled) as ValueScalar, description };
    }),
    through: spec.through,
  };
}

/** Compose replaces `$NAME` where the stack writes it; what a value holds is meant literally. */
function forCompose(values: ReadonlyMap<string, ValueScalar>): ReadonlyMap<string, ValueScalar> {
  return new Map(
    [...values].map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('$', '$$$$') : value]),
  );
}

/** The stack's own templates, and the kind's for the files that the stack gives none for. */
function configOf({ defaultConfig = [] }: Kind, given: readonly ConfigTemplate[]): readonly ConfigTemplate[] {
  return [...given, ...defaultConfig.filter(({ target }) => !given.some((own) => own.target === target))];
}

/** What is built from source has an image of the project's own, so that projects do not build over each other. */
function imageOf(name: string, { image, build }: ServiceSpec, kind: Kind, { values, identity }: ResolveInput): string {
  const given = givenImage(name, values);
  if (given !== undefined) return given;
  if (image !== undefined) return String(fillReferences(image, valueMap(values)));
  return build === undefined ? kind.defaultImage : `stackctl/${identity.id}-${name}`;
}

function buildOf(name: string, { build }: ServiceSpec, { loaded, values }: ResolveInput): BuildSource | undefined {
  if (build === undefined) return undefined;
  const { context, args } = typeof build === 'string' ? { context: build, args: {} } : build;
  const filled = Object.entries(args).map(([arg, value]) => [arg, String(fillReferences(value, valueMap(values)))]);
  const content = loaded.builds.get(name) ?? '';
  return { folder: join(loaded.folder, context), args: Object.fromEntries(filled), content };
}

interface InstancePlace {
  readonly service: string;
  readonly spec: ServiceSpec;
  readonly kind: Kind;
  readonly serviceIndex: number;
  readonly index: number;
  readonly input: ResolveInput;
}

function resolveInstance({ service, spec, kind, serviceIndex, index, input }: InstancePlace): Instance {
  const { runtime, decisions = {} } = input;
  const name = `${service}-${index}`;
  const ports = kind.ports.map((port): InstancePort => {
    const base = baseOf(spec, port.name, input) ?? port.inside;
    const host = decisions.ports?.[name]?.[port.name] ?? base + index - 1;
    const inContainer = kind.runsStackPrograms === true ? base : port.inside;
    return { name: port.name, inside: runtime === 'docker' ? inContainer : host, host };
  });
  const [main] = ports;
  const peerPort = ports.find((port) => port.name === kind.peerPort) ?? main;
  if (main === undefined || peerPort === undefined) throw new Error(`kind ${kind.name} has no ports`);
  const subnet = decisions.network?.subnet ?? DEFAULT_SUBNET;
  return {
    name,
    service,
    index,
    ports,
    ...addressesOf({
      runtime,
      serviceIndex,
      instanceIndex: index,
      subnet,
      port: main,
      peerPort,
      name: areReplicas(runtime, spec) ? service : undefined,
    }),
  };
}

function kindOf(spec: ServiceSpec, { kinds }: LoadedStack): Kind {
  const kind = kinds.get(spec.kind);
  if (kind === undefined) throw new Error(`kind ${spec.kind} was not loaded`);
  return kind;
}

function baseOf(spec: ServiceSpec, port: string, { values }: StackInput): number | undefined {
  const base = fillReferences(spec.ports[port], valueMap(values));
  return typeof base === 'number' ? base : undefined;
}

function valueMap(values: readonly ResolvedValue[]): ReadonlyMap<string, ValueScalar> {
  return new Map(values.map(({ name, value }) => [name, value]));
}

function countOf(service: string, spec: ServiceSpec, counts: Decisions['counts'] = {}): number {
  const count = counts[service] ?? spec.instances;
  if (count <= MAX_INSTANCES) return count;
  throw new StackctlError('E_SCALE_REFUSED', `${service}=${count}: a service has at most ${MAX_INSTANCES} instances`, {
    hint: `Every instance has an address of its own, and there are ${MAX_INSTANCES} for each service. Choose a smaller number.`,
    details: { service, count, maxInstances: MAX_INSTANCES },
  });
}

function indexes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** A mistake that comes from a given value is blamed on where it was given, every other one on stack.yaml. */
function checkFilled(input: ResolveInput): Refused | undefined {
  const { loaded, values } = input;
  const filled = valueMap(values);
  const mistakes = Object.entries(loaded.spec.services).flatMap(([name, spec]) => {
    const service = loaded.outline.services.get(name);
    const found = service === undefined ? [] : checkService(name, service, kindOf(spec, loaded), filled);
    return found;
  });
  const all = [
    ...mistakes,
    ...refusals(input, filled),
    ...checkNetwork(loaded.spec.network, filled),
    ...checkFilledAddresses(loaded.outline, loaded.kinds, filled),
    ...rangeMistakes(input, filled),
  ];
  if (all.length === 0) return undefined;
  const given = all.flatMap((mistake) => {
    const culprit = values.find(({ name, origin }) => mistake.values.includes(name) && origin !== BUILT_IN);
    return culprit === undefined ? [] : [blame(culprit, mistake)];
  });
  if (given.length > 0) return { blame: 'values', subject: loaded.spec.stack, problems: given };
  return {
    blame: 'stack',
    subject: loaded.source.file,
    problems: all.map(({ path, part, message }) => ({
      ...loaded.source.at(path, part),
      field: fieldName(path),
      message,
    })),
  };
}

/** What the kinds say about options together with the number of instances; options that are wrong anyway say nothing. */
function refusals({ loaded, decisions }: ResolveInput, filled: ReadonlyMap<string, ValueScalar>) {
  return Object.entries(loaded.spec.services).flatMap(([name, spec]) => {
    const kind = kindOf(spec, loaded);
    const parsed = kind.options.safeParse(fillReferences(spec.options, filled));
    const found = parsed.success ? kind.refuse?.(parsed.data, countOf(name, spec, decisions?.counts)) : [];
    return (found ?? []).map(
      ({ option, text }): FilledMistake => ({
        path: option === 'instances' ? ['services', name, option] : ['services', name, 'options', option],
        part: 'value',
        message: text,
        values: referencesIn(spec.options[option]).map((reference) => reference.name),
      }),
    );
  });
}

function rangeMistakes(
  { loaded: { spec }, runtime }: ResolveInput,
  values: ReadonlyMap<string, ValueScalar>,
): readonly FilledMistake[] {
  const ranges = portRanges(Object.entries(spec.services), values, runtime);
  const used = ranges.flatMap(({ service, port }) => referencesIn(spec.services[service]?.ports[port]));
  return rangeProblems(ranges).map(({ range, message }) => ({
    path: ['services', range.service, 'ports', range.port],
    part: 'value',
    message,
    // The other side of an overlap may be the one that the user moved.
    values: [...referencesIn(spec.services[range.service]?.ports[range.port]), ...used].map(({ name }) => name),
  }));
}

function blame({ name, origin }: ResolvedValue, { path, message, suggestion }: FilledMistake): Problem {
  return { origin, field: name, message: `${message} (it fills ${fieldName(path)})`, ...defined({ suggestion }) };
}
