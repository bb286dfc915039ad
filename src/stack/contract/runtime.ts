/**
 * The contract of a runtime: where instances run. One folder per runtime under `src/runtimes/`, whose `index.ts` exports
 * the functions of `RuntimeModule`; `facts.json` beside it has its facts (runtime-facts.ts). The same contract suite
 * (test/contract/runtimes/runtime.test.ts) runs against every folder.
 */
import type { Emit } from '../../lib/events.ts';
import type { Witnessed } from '../../lib/witness.ts';
import type { JoinInput } from './compose-network.ts';
import type { Logged } from './inside.ts';
import type { Network, Service, Stack } from './model.ts';
import type { Diagnosis, StackNeeds } from './needs.ts';
import type { OwnSupervisor } from './own-supervisor.ts';
import type { ProjectPaths } from './paths.ts';
import type { FaultKind, FaultOptions, RuntimeName } from './runtime-facts.ts';
import type {
  DownOptions,
  EndOptions,
  ExecOptions,
  LogLine,
  LogOptions,
  LogStart,
  PrepareOptions,
  StartOptions,
} from './runtime-options.ts';

export type InstanceState = 'running' | 'paused' | 'restarting' | 'stopped' | 'missing';

export interface ObservedExit {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Undefined where no process waited for the exit. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface ObservedInstance {
  readonly name: string;
  readonly state: InstanceState;
  readonly pid: number | undefined;
  readonly containerId: string | undefined;
  /** ISO 8601, UTC; undefined when it never ran. */
  readonly startedAt: string | undefined;
  /** Size of its log when it was started, in bytes, where it is a file. */
  readonly logBytes?: number;
  /** Hash of the configuration that it was started with. */
  readonly configHash: string | undefined;
  readonly restarts: number;
  readonly lastExit: ObservedExit | undefined;
  /** Cut off from the project's network by the fault `partition`. */
  readonly partitioned: boolean;
  /** Name of the project's network, while it runs in it; where the runtime has networks. */
  readonly network?: string;
  /** Where the runtime publishes ports: those of this machine that it holds now, also ports that are not in the record. */
  readonly hostPorts?: readonly number[];
  /** The image that it was made from, by the name that it had then; where there are images. */
  readonly image?: string;
  /** Where it is reached, if the runtime chose the address and not the stack, as it does for replicas. */
  readonly reached?: {
    /** For the other instances; undefined while it is in no network. */
    readonly host: string | undefined;
    /** Port inside -> port on 127.0.0.1 of the host. */
    readonly ports: Readonly<Record<number, number>>;
  };
}

/** What a removal would take away, for a confirmation that names it. */
export interface DataItem {
  /** Volume name or folder. */
  readonly name: string;
  readonly instance: string;
  /** Undefined where it cannot be measured. */
  readonly usedBytes: number | undefined;
}

/** A fault that was seen to take effect. */
export interface FaultEffect extends Witnessed {
  /** Who has shown it, in words, e.g. `the kernel`. */
  readonly source: string;
}

export interface Runtime {
  readonly name: RuntimeName;
  /** Faults that this runtime can really inject. Others are refused, never replaced. */
  readonly faults: ReadonlySet<FaultKind>;
  /** Why it cannot inject one of the others, in words. */
  readonly lacks?: Readonly<Partial<Record<FaultKind, string>>>;
  /** The same two, after a look at what runs; where that can make a difference. */
  confirmFaults?(): Promise<Pick<Runtime, 'faults' | 'lacks'>>;
  /** Every instance of the project that exists, also those that the stack no longer names. */
  observe(): Promise<readonly ObservedInstance[]>;
  /**
   * Fails with one error that names everything missing (binaries, images, Engine) before anything is started.
   * May pull images, and builds those of programs that the stack brings along where there is none of their content.
   * @throws E_BUILD_FAILED
   */
  prepare(stack: Stack, emit: Emit, options?: PrepareOptions): Promise<void>;
  /** A start may follow soon: what takes time and harms nobody begins now; `close` ends what no start has made use of. Absent: nothing of the kind. */
  expectStart?(): Promise<void>;
  /**
   * Makes these instances exist with the files that were rendered for them, and run. Recreates one that runs with another
   * configuration than `stack/derived/rendered-hashes.ts` has for these files. Returns once they were started, not when
   * they are ready. Ends a fault that was injected into one of them.
   */
  start(stack: Stack, instances: readonly string[], options: StartOptions): Promise<void>;
  /** Graceful stop (SIGTERM, after the grace time SIGKILL); data and the instance itself stay. The signal ends the wait, not the stop. */
  stop(instances: readonly string[], options?: EndOptions): Promise<void>;
  /** Stops and deletes the instances; their data stays. */
  remove(instances: readonly string[], options?: EndOptions): Promise<void>;
  /** Deletes the data of instances that were removed. */
  removeData(instances: readonly string[]): Promise<void>;
  /**
   * Ends the project: all instances, network, supervisor. With `volumes` the data too, and images that were built for it.
   * Returns warnings, e.g. a foreign container that keeps the network or an image alive.
   */
  down(options: DownOptions): Promise<readonly string[]>;
  /** The project's data that is there now. Without `measured`, sizes may be left out where measuring takes long. */
  data(options?: { readonly measured: boolean }): Promise<readonly DataItem[]>;
  /**
   * Injects a fault into one instance and returns when it has taken effect, which another source than the program that made
   * it has to say. @throws E_FAULT_UNSUPPORTED, E_INSTANCE_NOT_FOUND; E_FAULT_FAILED, also where no effect is to be seen.
   */
  inject(instance: string, fault: FaultKind, options?: FaultOptions): Promise<FaultEffect>;
  /** Takes the fault back: starts what was killed or stopped, resumes, reconnects. A no-op when nothing is left to undo. */
  heal(instance: string, fault: FaultKind): Promise<void>;
  logs(instances: readonly string[], options: LogOptions): AsyncIterable<LogLine>;
  /** Runs a program where the instance runs, and returns its exit code. */
  exec(instance: string, argv: readonly [string, ...string[]], options: ExecOptions): Promise<number>;
  /** Whether a line that the instance has logged since its last start matches. @throws E_INSTANCE_NOT_FOUND; the signal's reason. */
  logged(instance: string, pattern: RegExp, signal: AbortSignal): Promise<Logged>;
  /** The last lines that the instance has logged since this start of it, the newest last. @throws E_INSTANCE_NOT_FOUND; the signal's reason. */
  lastLines(instance: string, count: number, since: LogStart, signal: AbortSignal): Promise<readonly string[]>;
  /** A process of the instance that a signal has stopped, in words: `pid 71 (node)`; undefined: none that could be seen. */
  frozen(instance: string): Promise<string | undefined>;
  /** Who else listens where the instance should, in words; undefined: nobody that could be seen. Absent: the runtime publishes the ports itself. */
  strangerAt?(instance: string, ports: readonly number[]): Promise<string | undefined>;
  /**
   * A file of the instance's data folder, also of a stopped instance; undefined when it is not there.
   * @param bytes only so many from its beginning, where it may be large.
   */
  readState(instance: string, file: string, bytes?: number): Promise<string | undefined>;
  /** What the server program of a service prints about its version; undefined where it is not there (yet). */
  versionText(service: Service, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Whether instances of a service surely run the program that a start would run now with the same configuration. False
   * where that cannot be told of one: then the servers are asked for their version.
   */
  runProgramOf(service: Service, instances: readonly ObservedInstance[]): Promise<boolean>;
  /** Ends what `open` opened, e.g. connections. The project goes on. */
  close(): Promise<void>;
}

export interface RuntimeInput {
  readonly projectId: string;
  readonly paths: ProjectPaths;
  /** The environment of the command, read-only. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In place of a supervisor that is a program of its own, in a runtime that has one. */
  readonly ownSupervisor?: OwnSupervisor | undefined;
}

/** Whether a runtime could run this stack here, and why or why not, for `--runtime auto` and its first line. */
export interface Availability {
  readonly available: boolean;
  readonly reason: string;
  /** It is the stack that lacks something, and not the machine: only a change of stack.yaml helps. */
  readonly isForStack?: true;
}

/** Networks of the Engine and routes of the host, so that a new project's name and subnet collide with none. */
export interface TakenNetworks {
  /** Network name -> id of the stackctl project that owns it, or undefined for a stranger's. */
  readonly names: ReadonlyMap<string, string | undefined>;
  /** IPv4 CIDRs. */
  readonly subnets: readonly string[];
}

/** What `src/runtimes/<name>/index.ts` exports. */
export interface RuntimeModule {
  open(input: RuntimeInput): Promise<Runtime>;
  /**
   * Whether something runs under the project's id, or by its files. Unlike `observe` it starts and changes nothing: the
   * files may be a copy of another project's.
   */
  isRunning(input: RuntimeInput): Promise<boolean>;
  /** Whether it can run this stack here. Pulls missing images where `pull` is true; never starts anything. */
  availability(stack: StackNeeds, env: RuntimeInput['env'], options: { readonly pull: boolean }): Promise<Availability>;
  /** Empty in a runtime that makes no networks. */
  takenNetworks(env: RuntimeInput['env']): Promise<TakenNetworks>;
  /**
   * A part of a Compose project's network for the fixed addresses of a stackctl project: a /24 from which the Engine gives
   * nothing to others. A network that gives out all of its addresses is made again with the same names and labels, while
   * nothing is connected to it. Undefined: the project has no network now. Absent: there are no such networks.
   * @throws E_START_FAILED where the one that is named is not there, is in use, or has no room.
   */
  joinNetwork?(env: RuntimeInput['env'], wanted: JoinInput): Promise<Network | undefined>;
  /** Facts for `stackctl doctor`: the Engine and Compose, or the server programs that `needs` names. */
  diagnose(needs: StackNeeds, env: RuntimeInput['env']): Promise<readonly Diagnosis[]>;
}
