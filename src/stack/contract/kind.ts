/**
 * The contract of a kind: what a service *is* (redis, sentinel, …). One folder per kind under `src/kinds/`, whose
 * `index.ts` exports `kind`. Everything here is optional unless every kind needs it; features ask for a capability and
 * never for a kind's name.
 */
import type { ZodType } from 'zod';
import type { Emit } from '../../lib/events.ts';
import type { Secret } from '../../lib/secret.ts';
import type { ArbiterCapability, ReplicatedCapability } from './arbiter.ts';
import type { AdoptCapability } from './compose-service.ts';
import type { CliSpec, ConnectionInfo } from './connection.ts';
import type { DeclaredCapability } from './declared.ts';
import type { FailoverCapability } from './failover.ts';
import type { ConfigRemark, FilledConfig, RenderedFile, TemplateVariables } from './files.ts';
import type { Inside } from './inside.ts';
import type { InspectorCapability } from './inspect.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from './launch.ts';
import type { MigratorCapability } from './migrate.ts';
import type { ConfigTemplate, Instance, InstanceInput, ServiceInput } from './model.ts';
import type { BinaryNeed, ServerChoice } from './needs.ts';
import type { Judgement, Probe, ProbeTable } from './probe.ts';
import type { TrafficCapability } from './traffic.ts';
import type { VersionsCapability } from './versions.ts';

export interface Kind<Options = unknown> {
  readonly name: string;
  /** What a service of it is, in a sentence for `docs/kinds.md`. */
  readonly description: string;
  /** Schema of `options:` in stack.yaml, after values were filled in. Its defaults are the kind's defaults. */
  readonly options: ZodType<Options>;
  /** Main port first. `inside` is the port in a container; one with `published: false` is reached by other instances only. */
  readonly ports: readonly { readonly name: string; readonly inside: number; readonly published?: false }[];
  /** Name of the port that other instances use; default: the first one. */
  readonly peerPort?: string;
  /**
   * The services run programs of the stack itself: `build`, `command` and `environment` of stack.yaml are for them. They
   * listen where the variables HOST and PORT say; in a container too, that is the port that the stack gives.
   */
  readonly runsStackPrograms?: true;
  /**
   * Of a kind that runs such programs: it takes every image. The stack names its ports, also none (`ports` here is empty), which the
   * image listens on inside, and its volumes; without `command` the image's own program runs.
   */
  readonly takesAnyImage?: true;
  readonly defaultImage: string;
  /** Names of the volumes that its containers have (`ContainerSpec.volumes`); absent: none. */
  readonly volumes?: readonly string[];
  /** Programs of this machine that `process` starts, main server first. */
  readonly binaries: readonly BinaryNeed[];
  /** The programs and the image where the options or the command choose the server; absent: always `binaries` and `defaultImage`. */
  server?(options: Options, command: readonly string[]): ServerChoice;
  /** Variables for the service's config templates. */
  variables(input: InstanceInput<Options>): TemplateVariables;
  /** When the server wrote a line of its log, where the line says so in another form than ISO 8601. */
  logTime?(line: string): Date | undefined;
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
  /** How a runtime that starts from images starts an instance. */
  container(input: InstanceInput<Options>): ContainerSpec;
  /** How a runtime that starts from programs of this machine starts it. */
  process(input: InstanceInput<Options>, paths: ProcessPaths): ProcessSpec;
  /**
   * What `container` or `process` takes from the options and no file says, by name: where it is not what the kind's defaults give, it
   * counts for the configuration hash. Leave out what a running server may differ in, such as a database that is made by `provision`.
   */
  startFacts?(input: InstanceInput<Options>): Readonly<Record<string, unknown>>;
  /** Options that are right by themselves and wrong for this number of instances, or these ports. Checked before there is a Stack. */
  refuse?(options: Options, count: number, ports: readonly string[]): readonly Refusal[];
  /** Values that are legal and known to hurt, each with the reason. */
  advise?(input: ServiceInput<Options>): readonly Advice[];
  /**
   * Asks one running instance, from the host, how it is. Never throws for what a server does: that becomes a reason.
   * @param inside for what no port tells; absent where only ports can be asked.
   */
  probe(input: InstanceInput<Options>, signal: AbortSignal, inside?: Inside): Promise<Probe>;
  /** How long a probe takes at most, in milliseconds, where its check may take longer than a probe has otherwise. */
  probeMs?(options: Options): number | undefined;
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
   * Why a running instance must be started again although its configuration did not change: e.g. a library was installed
   * since, which the server loads only at a start. Undefined: it need not. Changes nothing.
   * @throws the error of the connection, when the server gives no answer; then nothing is known.
   */
  staleSince?(input: InstanceInput<Options>, signal: AbortSignal): Promise<string | undefined>;
  /** The service's own command line client, run where the instance runs: in its container, or on the host. */
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
  /** Its servers are compared with what wrote their data, and started again where the program is another one. */
  readonly versions?: VersionsCapability<Options>;
  /** This service has a schema that `migrate` brings up to date. */
  readonly migrator?: MigratorCapability<Options>;
  /** The stack declares what is inside this service, and `migrate` keeps it so. */
  readonly declared?: DeclaredCapability<Options>;
  /** Views of this service for `inspect`. */
  readonly inspector?: InspectorCapability<Options>;
  /** How synthetic traffic reaches this service and how what arrived is counted. */
  readonly traffic?: TrafficCapability<Options>;
  /** Empties the service without ending it. */
  readonly reset?: ResetCapability<Options>;
  /** Services of a Compose file that run its server become services of this kind (`stackctl init --from`). */
  readonly adopt?: AdoptCapability;
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

export interface Refusal {
  /** Key of `options:` that is to blame; `instances` for the number of them. */
  readonly option: string;
  /** What it must be, and why. */
  readonly text: string;
}

export interface Advice {
  readonly text: string;
}
