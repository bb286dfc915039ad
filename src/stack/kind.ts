/**
 * The contract of a kind: what a service *is* (redis, sentinel, …). One folder per kind under `src/kinds/`, whose
 * `index.ts` exports `kind`. Everything here is optional unless every kind needs it; features ask for a capability and
 * never for a kind's name.
 */
import type { ZodType } from 'zod';
import type { Secret } from '../lib/secret.ts';
import type { FailoverCapability } from './failover.ts';
import type { Instance, RecordedPrimary, Service, Stack } from './model.ts';

export interface Kind<Options = unknown> {
  readonly name: string;
  /** Schema of `options:` in stack.yaml, after values were filled in. Its defaults are the kind's defaults. */
  readonly options: ZodType<Options>;
  /** Main port first. `inside` is the port in a container. */
  readonly ports: readonly { readonly name: string; readonly inside: number }[];
  readonly defaultImage: string;
  /** Server programs that the process runtime needs, main server first. */
  readonly binaries: readonly BinaryNeed[];
  /** Variables for the service's config templates. */
  variables(input: InstanceInput<Options>): TemplateVariables;
  /** Files beside the rendered templates: start script, health check, address list. */
  files(input: InstanceInput<Options>): readonly RenderedFile[];
  container(input: InstanceInput<Options>): ContainerSpec;
  process(input: InstanceInput<Options>, paths: ProcessPaths): ProcessSpec;
  /** Options that are right by themselves and wrong for this number of instances. Checked before there is a Stack. */
  refuse?(options: Options, count: number): readonly Refusal[];
  /** Values that are legal and known to hurt, each with the reason. */
  advise?(input: ServiceInput<Options>): readonly Advice[];
  /** One look at one running instance from the host. Never throws for what a server does: that is a reason. */
  probe(input: InstanceInput<Options>, signal: AbortSignal): Promise<Probe>;
  /** What needs all instances at once (one master, agreement, lag). By instance name; added to its probe. */
  judge?(input: ServiceInput<Options>, probes: ProbeTable): ReadonlyMap<string, Judgement>;
  /** Facts of the whole service for `status` (quorum, epoch, agreement), JSON-ready. */
  summarize?(input: ServiceInput<Options>, probes: ProbeTable): Readonly<Record<string, unknown>>;
  /** The service's own command line client, run inside the instance (docker) or on the host (process). */
  cli?(input: InstanceInput<Options>): CliSpec;
  /** Variables that point a program on the host at the service; secrets included. */
  clientEnv?(input: ServiceInput<Options>): Readonly<Record<string, string | Secret>>;
  /** Connection strings and ready-made client options, secrets as Secret objects. */
  connection?(input: ServiceInput<Options>): ConnectionInfo;
  /** Why this service must not have `count` instances; empty: it may. */
  refuseScale?(input: ServiceInput<Options>, count: number): readonly string[];
  /** This service can be asked who the primary of the service that it monitors is. */
  readonly directory?: DirectoryCapability<Options>;
  /** This service has one primary and replicas of it. */
  readonly replicated?: ReplicatedCapability<Options>;
  readonly failover?: FailoverCapability;
}

export interface ServiceInput<Options = unknown> {
  readonly stack: Stack;
  readonly service: Service<Options>;
}

export interface InstanceInput<Options = unknown> extends ServiceInput<Options> {
  readonly instance: Instance;
}

/** What `{{name}}` and `{{#each name}}` find in a template. A list item is a scalar (`{{this}}`) or has fields. */
export type TemplateScalar = string | number | boolean | Secret;
export type TemplateItem = TemplateScalar | Readonly<Record<string, TemplateScalar>>;
export type TemplateVariables = Readonly<Record<string, TemplateScalar | readonly TemplateItem[]>>;

export interface RenderedFile {
  /** Relative to the rendered folder, `/` as separator, e.g. `redis-1/redis.conf`. */
  readonly path: string;
  readonly text: string;
  /** 0o600 for a file that holds a secret, 0o644 otherwise, 0o755 for a script. */
  readonly mode: 0o600 | 0o644 | 0o755;
  /** True for what changes by itself between runs (a recorded primary): not part of the configuration hash. */
  readonly volatile?: boolean;
}

export interface ContainerSpec {
  /** Overrides the image's entrypoint. The instance's rendered folder is mounted read-only at `/stackctl`. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Mount points of the instance's own named volumes, e.g. `{data: '/data'}`. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly healthcheck: readonly string[];
  /** Time that the server gets between SIGTERM and SIGKILL, in seconds. */
  readonly stopGraceS: number;
}

export interface BinaryNeed {
  /** Program name on PATH, e.g. `redis-server`. */
  readonly name: string;
  readonly versionArgs: readonly string[];
  /** Finds the version in the output; group 1 is a version that semver can coerce. */
  readonly versionPattern: RegExp;
  /** semver range that was tested, e.g. `>=6.2.0`. */
  readonly range: string;
  /** Places besides PATH. */
  readonly knownPaths: readonly string[];
  readonly packages: { readonly debian: readonly string[]; readonly brew: string };
}

export interface ProcessPaths {
  /** Program name -> absolute path. */
  readonly binaries: Readonly<Record<string, string>>;
  /** The instance's rendered folder: read only. */
  readonly config: string;
  /** The instance's own writable folder, also its working directory. */
  readonly data: string;
}

export interface ProcessSpec {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly stopGraceS: number;
}

export interface Refusal {
  /** Key of `options:` that is to blame. */
  readonly option: string;
  /** What it must be, and why. */
  readonly text: string;
}

export interface Advice {
  readonly text: string;
}

export interface Probe {
  /** `master`, `replica`, `sentinel`, …; undefined when the instance did not answer. */
  readonly role: string | undefined;
  /** Why it is not ready, in words for a person; empty when it is. */
  readonly reasons: readonly string[];
  /** Kind-specific, JSON-ready, e.g. `{offset, lagBytes, linkUp}`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Judgement {
  readonly reasons: readonly string[];
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Probes of the whole stack by instance name; absent: the instance is not running. */
export type ProbeTable = ReadonlyMap<string, Probe>;

export interface CliSpec {
  /** Program and arguments, e.g. `['redis-cli', '-p', '6379']`. Never a secret. */
  readonly argv: readonly [string, ...string[]];
  /** Environment for that program, where its secrets go. */
  readonly environment: Readonly<Record<string, string | Secret>>;
}

export interface ConnectionInfo {
  /** Label -> connection string for programs on the host; passwords left out. */
  readonly urls: Readonly<Record<string, string>>;
  /** Ready-made ioredis options, where they apply. */
  readonly ioredis?: Readonly<Record<string, unknown>>;
}

export interface DirectoryCapability<Options = unknown> {
  /** Name under which the instances know the monitored group, e.g. `kasagi-master`. */
  groupName(input: ServiceInput<Options>): string;
  password(input: ServiceInput<Options>): Secret | undefined;
  /** Asks the running instances. Undefined when none answers. The instance is matched by its peer address. */
  askPrimary(input: ServiceInput<Options>, signal: AbortSignal): Promise<RecordedPrimary | undefined>;
  /** File in an instance's data folder that remembers the primary, read when nobody can be asked. */
  readonly stateFile: string;
  parseState(input: ServiceInput<Options>, text: string): RecordedPrimary | undefined;
  /** Makes the running instances drop what `gone` was, one after the other, waiting for each to settle. */
  forget(input: ServiceInput<Options>, gone: readonly Instance[], signal: AbortSignal): Promise<void>;
  /**
   * Moves the primary to an instance that is not in `avoid`, loses no acknowledged write, and returns once every
   * running instance agrees on the new one.
   */
  handOver(input: ServiceInput<Options>, avoid: readonly Instance[], signal: AbortSignal): Promise<RecordedPrimary>;
}

export interface ReplicatedCapability<Options = unknown> {
  password(input: ServiceInput<Options>): Secret | undefined;
}
