/**
 * The contract of a kind: what a service *is* (redis, sentinel, …). One folder per kind under `src/kinds/`, whose
 * `index.ts` exports `kind`. Everything here is optional unless every kind needs it; features ask for a capability and
 * never for a kind's name.
 */
import type { ZodType } from 'zod';
import type { Emit } from '../../lib/events.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Position } from '../source/problem.ts';
import type { FailoverCapability } from './failover.ts';
import type { InspectorCapability } from './inspect.ts';
import type { MigratorCapability } from './migrate.ts';
import type { ConfigTemplate, Instance, RecordedPrimary, Service, Stack } from './model.ts';
import type { Diagnosis } from './runtime.ts';
import type { TrafficCapability } from './traffic.ts';

export interface Kind<Options = unknown> {
  readonly name: string;
  /** Schema of `options:` in stack.yaml, after values were filled in. Its defaults are the kind's defaults. */
  readonly options: ZodType<Options>;
  /** Main port first. `inside` is the port in a container; with `published: false` nobody reaches it from outside one. */
  readonly ports: readonly { readonly name: string; readonly inside: number; readonly published?: false }[];
  /** Name of the port that other instances use; default: the first one. */
  readonly peerPort?: string;
  /**
   * The services run programs that the stack brings along: `build`, `command` and `environment` of stack.yaml are for
   * them, and they listen where they are told to, in a container on the port that the stack gives.
   */
  readonly runsStackPrograms?: true;
  readonly defaultImage: string;
  /** Names of the volumes that its containers have (`ContainerSpec.volumes`); absent: none. */
  readonly volumes?: readonly string[];
  /** Server programs that the process runtime needs, main server first. */
  readonly binaries: readonly BinaryNeed[];
  /** The programs and the image where the options choose the server; absent: always `binaries` and `defaultImage`. */
  server?(options: Options): ServerChoice;
  /** Variables for the service's config templates. */
  variables(input: InstanceInput<Options>): TemplateVariables;
  /** Names of config files that the program reads again by itself: a change there is no reason to restart it. */
  watchedConfig?(input: InstanceInput<Options>): readonly string[];
  /** Templates of the config files that a service has without a `config:` of its own for them. */
  readonly defaultConfig?: readonly ConfigTemplate[];
  /**
   * Files beside the rendered templates: start script, health check, address list.
   * @param configs the instance's templates, filled.
   */
  files(input: InstanceInput<Options>, configs?: readonly FilledConfig[]): readonly RenderedFile[];
  /** What the filled templates of an instance say that cannot be, or that something else decides. Pure. */
  checkConfig?(
    input: InstanceInput<Options>,
    configsOf: (instance: Instance) => readonly FilledConfig[],
  ): readonly ConfigRemark[];
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
  /**
   * Brings what the stack declares inside the server (topics) into being, once the server answers; called after every
   * start, so it must do nothing when everything is there. Waits for the server itself, until the signal aborts.
   */
  provision?(input: ServiceInput<Options>, context: ProvisionContext): Promise<void>;
  /**
   * Why a running instance must be started again although its configuration is what it was started with: what its
   * server finds only at a start has come since, e.g. a library. Undefined: it need not. Changes nothing.
   * @throws what a server does that gives no answer; then nothing is known.
   */
  staleSince?(input: InstanceInput<Options>, signal: AbortSignal): Promise<string | undefined>;
  /** The service's own command line client, run inside the instance (docker) or on the host (process). */
  cli?(input: InstanceInput<Options>): CliSpec;
  /** Variables that point a program on the host at the service; secrets included. */
  clientEnv?(input: ServiceInput<Options>): Readonly<Record<string, string | Secret>>;
  /** Connection strings and ready-made client options, secrets as Secret objects. */
  connection?(input: ServiceInput<Options>): ConnectionInfo;
  /** Why this service must not have `count` instances; empty: it may. */
  refuseScale?(input: ServiceInput<Options>, count: number): readonly string[];
  /** This service can be asked who the primary of the service that it monitors is. */
  readonly arbiter?: ArbiterCapability<Options>;
  /** This service has one primary and replicas of it. */
  readonly replicated?: ReplicatedCapability<Options>;
  readonly failover?: FailoverCapability;
  /** This service has a schema that `migrate` brings up to date. */
  readonly migrator?: MigratorCapability<Options>;
  /** Views of this service for `inspect`. */
  readonly inspector?: InspectorCapability<Options>;
  /** How synthetic traffic reaches this service and how what arrived is counted. */
  readonly traffic?: TrafficCapability<Options>;
  /** Empties the service without ending it. */
  readonly reset?: ResetCapability<Options>;
}

export interface ProvisionContext {
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface ResetCapability<Options = unknown> {
  /** What would be deleted, for a confirmation that names it, e.g. `table sendflowr.email_events (1200 rows)`. */
  describe(input: ServiceInput<Options>, signal: AbortSignal): Promise<readonly string[]>;
  reset(input: ServiceInput<Options>, signal: AbortSignal): Promise<void>;
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

/** A config template filled for one instance. */
export interface FilledConfig {
  /** Name of the rendered file, e.g. `redis.conf`. */
  readonly target: string;
  readonly text: string;
  /** Where in the user's template a place of `text` comes from. Lines and columns from 1. */
  readonly origin: (line: number, column: number) => Position;
}

export interface ConfigRemark {
  readonly at: Position;
  /** True: nothing may be started with this. False: it is said, and the start goes on. */
  readonly refused: boolean;
  /** The reason and the way out. Never a secret. */
  readonly text: string;
}

export interface ContainerSpec {
  /** Overrides the image's entrypoint. The instance's rendered folder is mounted read-only at `/stackctl`. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A rendered file of the instance with more variables (`stack/derived/env-file.ts`), where secrets go: mode 0600. */
  readonly envFile?: string;
  /** Mount points of the instance's own named volumes, e.g. `{data: '/data'}`. */
  readonly volumes: Readonly<Record<string, string>>;
  /**
   * Folders of the image that nothing has to keep, each with the id of the user who writes there: in memory, empty at
   * every start. For what the image calls a volume and is none of `volumes`: `docker compose down` would leave it behind.
   */
  readonly scratch?: Readonly<Record<string, number>>;
  readonly healthcheck: readonly string[];
  /** Seconds between two health checks; default 5. */
  readonly healthcheckEveryS?: number;
  /** Size of /dev/shm where Docker's 64 MB are too few, e.g. `256mb`. */
  readonly shmSize?: string;
  /** What ends the server in an orderly way; default SIGTERM. */
  readonly stopSignal?: StopSignal;
  /** Time that the server gets between SIGTERM and SIGKILL, in seconds. */
  readonly stopGraceS: number;
}

export interface ServerChoice {
  readonly image: string;
  readonly binaries: readonly BinaryNeed[];
}

export interface BinaryNeed {
  /** Program name on PATH, e.g. `redis-server`. */
  readonly name: string;
  /** Empty: no program but a folder of files; PATH has none, and the version stands in the name of one of them. */
  readonly versionArgs: readonly string[];
  /** Finds the version in the output (or the names); group 1 is a version that semver can coerce. */
  readonly versionPattern: RegExp;
  /** semver range that was tested, e.g. `>=6.2.0`. */
  readonly range: string;
  /** Variable that names the folder of an installation, and the place in it: `KAFKA_HOME` and `libs`. Before PATH. */
  readonly home?: { readonly variable: string; readonly path: string };
  /** Places besides PATH. */
  readonly knownPaths: readonly string[];
  readonly packages: { readonly debian: readonly string[]; readonly brew: string };
  /**
   * Where the program comes from when the machine has none that fits; `packages` may then be empty. It is taken as it is:
   * `range` is for what the machine has.
   */
  readonly download?: Download;
  /** How the program will run for this user, where being there is not all that it takes. For `doctor`. */
  readonly account?: (uid: number | undefined) => Promise<Diagnosis>;
  /** What `doctor` adds to the version of what was found at `path`; undefined: nothing. May start the program. */
  readonly about?: (path: string) => Promise<string | undefined>;
}

/** Pinned files from a package registry that `doctor --fix` puts into the user's cache folder. Never a dependency. */
export interface Download {
  /** Folder in the cache, version included, e.g. `kafka-4.1.1`. */
  readonly id: string;
  readonly from: 'maven' | 'npm';
  /** `group:artifact:version` or `name@version`. */
  readonly packages: readonly string[];
  /** The program in that folder, relative; a folder where the program is a set of jars. */
  readonly path: string;
  /** Disk space that it takes, in megabytes, as measured. */
  readonly sizeMb: number;
}

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT';

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
  /** Working folder; default: the instance's own writable folder. */
  readonly folder?: string;
  /** What ends the server in an orderly way; default SIGTERM. */
  readonly stopSignal?: StopSignal;
  readonly stopGraceS: number;
}

export interface Refusal {
  /** Key of `options:` that is to blame; `instances` for the number of them. */
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
  /** Ready, but with less than was asked for, e.g. `TimescaleDB extension not found`. Shown as `degraded: …`. */
  readonly degraded?: readonly string[];
  /** Kind-specific, JSON-ready, e.g. `{offset, lagBytes, linkUp}`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Judgement {
  readonly reasons: readonly string[];
  /** Those of the reasons that stay until somebody changes a setting: waiting for them is of no use. */
  readonly standing?: readonly string[];
  readonly degraded?: readonly string[];
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

export interface ArbiterCapability<Options = unknown> {
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
