/**
 * A resolved stack: pure data about what is wanted. `stack/load/resolve.ts` makes it from stack.yaml, the user's values and
 * the project's record; everything after that (rendering, planning, probing) only reads it.
 */
import type { Secret } from '../../lib/secret.ts';
import type { Kind } from './kind.ts';
import type { MigrationFolder } from './migration-folder.ts';
import type { RuntimeFacts } from './runtime-facts.ts';

export type Profile = 'dev' | 'production';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Stands for a port that is not there: of an instance that listens nowhere, or that is not published now. No server can have it. */
export const NO_PORT = 0;

/** `host:port`, as every output prints it. */
export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** One port of an instance: the number that the server listens on and the one on 127.0.0.1 of the host. */
export interface InstancePort {
  /** Name from the kind, e.g. `redis`, `http`. The first one is the instance's main port. */
  readonly name: string;
  readonly inside: number;
  readonly host: number;
}

export interface Instance {
  /** `<service>-<index>`, unique in the stack, e.g. `redis-2`. Also the container's DNS name. */
  readonly name: string;
  readonly service: string;
  /** From 1. */
  readonly index: number;
  readonly ports: readonly InstancePort[];
  /** Where the other instances of the stack reach it. */
  readonly peer: Address;
  /** Where the host reaches it. Equal to `peer` where all instances are on loopback. */
  readonly client: Address;
}

export interface Service<Options = unknown> {
  readonly name: string;
  readonly kind: Kind<Options>;
  readonly instances: readonly Instance[];
  /** How many of them stack.yaml declares; `scale` may have changed that. */
  readonly declaredInstances: number;
  readonly image: string;
  /** Names of the stack's values that its image, or the images that it is built from, are made of. */
  readonly imageValues?: readonly string[];
  /** Parsed by the kind's `options` schema. */
  readonly options: Options;
  readonly dependsOn: readonly string[];
  /** The service whose primary this one watches (a Sentinel's redis). */
  readonly monitors: string | undefined;
  /** The service to ask who the primary is before an instance starts. */
  readonly primaryFrom: string | undefined;
  /** Name of the rendered file -> absolute path and text of its template. */
  readonly config: readonly ConfigTemplate[];
  /** Merged last into this service's entries of compose.yaml. */
  readonly compose: Readonly<Record<string, unknown>>;
  /** What the kind calls a volume (`data`) -> its name in Docker, for the first instance. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Volumes that the stack gives a program of its own: name -> path in a container. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Source of the program that the stack brings along; undefined: the image is used as it is. */
  readonly build: BuildSource | undefined;
  /** Starts the program, in the folder of `build` and in the image's working folder alike; empty: what the image does. */
  readonly command: readonly string[];
  /** As stack.yaml has them, values filled in; `{{redis.host}}` and the like are filled by `stack/derived/environment.ts`. */
  readonly environment: readonly EnvironmentVariable[];
  /** The service in front of this one, at whose address all others reach this one. */
  readonly through: string | undefined;
}

export interface BuildSource {
  /** Absolute. */
  readonly folder: string;
  /** Build arguments of the Dockerfile. */
  readonly args: Readonly<Record<string, string>>;
  /** What says how the image is built, from the folder on; absent: the file of the usual name. */
  readonly file?: string;
  /** A stage of it; absent: the last one. */
  readonly target?: string;
  /** Hash of every file in the folder, so that a changed program is a reason to build and start again. */
  readonly content: string;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: ValueScalar;
  /** Undefined where stack.yaml gives none. */
  readonly description: string | undefined;
  /** From a file of variables: nothing in it is filled in. */
  readonly isLiteral?: true;
}

export interface ConfigTemplate {
  /** File name in the instance's rendered folder, e.g. `redis.conf`. */
  readonly target: string;
  /** Path of the template, for error messages. */
  readonly path: string;
  readonly text: string;
}

/** Which instance was the primary when it was last seen, and the configuration epoch of that election (0: none yet). */
export interface RecordedPrimary {
  readonly instance: string;
  readonly epoch: number;
}

export interface Network {
  /** Docker network name, e.g. `kasagi-network`. */
  readonly name: string;
  /** IPv4 CIDR with prefix 24, e.g. `172.30.7.0/24`. */
  readonly subnet: string;
  /** Others have made it, and it is larger: of its addresses the project has those of `subnet`, and it never removes it. */
  readonly external?: true;
}

export type ValueType = 'string' | 'integer' | 'number' | 'boolean' | 'port' | 'image' | 'bytes' | 'secret';
export type ValueScalar = string | number | boolean | Secret;

/** A value of the stack together with where it came from (`built-in`, a file with line, `--set`, an env variable). */
export interface ResolvedValue {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
  readonly value: ValueScalar;
  readonly origin: string;
}

export interface Readiness {
  /** How long `up` waits for the whole stack, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Stack {
  readonly name: string;
  readonly description: string;
  /** Absolute folder of stack.yaml. */
  readonly folder: string;
  readonly runtime: RuntimeFacts;
  readonly profile: Profile;
  readonly project: ProjectIdentity;
  readonly values: readonly ResolvedValue[];
  readonly services: readonly Service[];
  /** Undefined where the runtime has no network of its own. */
  readonly network: Network | undefined;
  /** By name of the service whose instances they are. */
  readonly primaries: Readonly<Record<string, RecordedPrimary>>;
  readonly readiness: Readiness;
  readonly migrations: readonly MigrationFolder[];
  /** Absolute folder of traffic profiles. */
  readonly traffic: string | undefined;
}

export interface ProjectIdentity {
  /** What the user calls it, e.g. `redis-sentinel`. */
  readonly name: string;
  /** Unique on the machine: name and a short hash of the folder. Compose project name, label and registry key. */
  readonly id: string;
  /** Absolute folder that holds `.stackctl/`. */
  readonly folder: string;
}

/** One service of a stack: what the functions of a kind are given. */
export interface ServiceInput<Options = unknown> {
  readonly stack: Stack;
  readonly service: Service<Options>;
}

export interface InstanceInput<Options = unknown> extends ServiceInput<Options> {
  readonly instance: Instance;
}

/** Every instance of the stack, in the order of its services. */
export function instancesOf(stack: Stack): readonly Instance[] {
  return stack.services.flatMap((service) => service.instances);
}

/** The service with this name. Names were checked when the stack was resolved, so a miss is a bug. */
export function serviceOf(stack: Stack, name: string): Service {
  const service = stack.services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`no service named ${name} in stack ${stack.name}`);
  return service;
}

/** The instance that is (or, before a first start, will be) the primary of a service. */
export function primaryOf(stack: Stack, service: Service): Instance {
  const recorded = stack.primaries[service.name]?.instance;
  const found = service.instances.find(({ name }) => name === recorded) ?? service.instances[0];
  if (found === undefined) throw new Error(`service ${service.name} has no instances`);
  return found;
}
