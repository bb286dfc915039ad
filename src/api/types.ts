/**
 * What a program that imports stackctl sees. This file, call-types.ts and errors.ts become the declarations that are shipped:
 * they import nothing else.
 */
import type { StackctlError } from '../errors.ts';
import type {
  CallOptions,
  Connection,
  FailoverOptions,
  Fault,
  HandOver,
  InjectedFault,
  InjectOptions,
  LogLine,
  LogsOptions,
  Seeded,
  SeedOptions,
  Status,
} from './call-types.ts';

/** Given to {@link Up}. Everything is optional. */
export interface UpOptions {
  /** Values of the stack, as `--set` takes them: `{ redisPassword: 'secret' }`. */
  readonly values?: Readonly<Record<string, string | number | boolean>>;
  /** YAML files with values, as `--values` takes them; relative to `cwd`. `values` go before them. */
  readonly valuesFiles?: readonly string[];
  /** Where servers run: `process`, `docker`, or `auto` (default): Docker where it can, else this machine. */
  readonly runtime?: string;
  /** Only these services, with what they need. */
  readonly services?: readonly string[];
  /** Number of instances of a service: `{ backend: 3 }`. */
  readonly scale?: Readonly<Record<string, number>>;
  /**
   * `free` (default): ports that nobody uses, whatever the stack says. `stack`: those of the stack and of `values`, moved where
   * they are taken. A port among `values` makes `stack` the default.
   */
  readonly ports?: 'free' | 'stack';
  /** Whether pending migrations of the stack are applied; default true. */
  readonly migrate?: boolean;
  /**
   * Folder for the project; without it, a new one in the system's temporary folder, which is deleted on dispose. A project
   * lies in `<folder>/.stackctl/<name>/`; relative to `cwd`.
   */
  readonly folder?: string;
  /** Name of the project; without it, the stack's. Two stacks in one `folder` need two names. */
  readonly name?: string;
  /** Data, ports and passwords outlive `dispose`: the next `up` with the same `folder` and `name` finds them. Needs `folder`. */
  readonly keep?: boolean;
  /** How long the start may take, in milliseconds; without it, what the stack says. */
  readonly timeoutMs?: number;
  /** Ends the start: `up` then rejects with code `E_INTERRUPTED`, after it has ended what it had started. */
  readonly signal?: AbortSignal;
  /** What stackctl finds out from its environment (`STACKCTL_*`, `DOCKER_HOST`, `PATH`, `HOME`, …); default: a copy of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start; default: the working directory of the process. */
  readonly cwd?: string;
  /** Hears what is going on: nothing is ever printed. */
  readonly onEvent?: (event: StackEvent) => void;
}

/** Brings a stack up, and returns once all of it is healthy. */
export type Up = (stack: string, options?: UpOptions) => Promise<RunningStack>;

/** A step, a remark or a warning while stackctl works. */
export interface StackEvent {
  readonly type: 'note' | 'warning' | 'step' | 'tick';
  readonly text: string;
}

/** A stack that is up. It does not keep the process alive. */
export interface RunningStack extends AsyncDisposable {
  /** Name of the stack. */
  readonly stack: string;
  /** Name of the project, as `stackctl ls` shows it. */
  readonly project: string;
  /** Absolute folder that holds `.stackctl/`: `stackctl status` and the others work there. */
  readonly folder: string;
  readonly runtime: string;
  /** Names of the services that are up. */
  readonly services: readonly string[];
  /**
   * The variables that `stackctl env` prints, with secrets: of one service or of all. Addresses of primaries are those of the
   * last `up`, `status` or `failover`.
   * @throws StackctlError E_INSTANCE_NOT_FOUND
   */
  env(service?: string): Record<string, string>;
  /** How to connect to a service, with secrets. Primaries as for `env`. @throws StackctlError E_INSTANCE_NOT_FOUND */
  connection(service: string): Connection;
  /** Asks every server how it is, and who the primaries are. */
  status(options?: CallOptions): Promise<Status>;
  /** Hands the master over to a replica. @throws StackctlError E_USAGE where nothing in the stack fails over */
  failover(options?: FailoverOptions): Promise<HandOver>;
  /**
   * Does something bad to an instance (`redis-2`), or to the primary or first instance of a service (`redis`), and returns when it has
   * taken effect. Healed by `heal`, by its dispose, by that of the stack, and by the next stackctl when this process dies.
   * @throws StackctlError E_FAULT_UNSUPPORTED, E_FAULT_FAILED, E_INSTANCE_NOT_FOUND
   */
  inject(target: string, fault: Fault, options?: InjectOptions): Promise<InjectedFault>;
  /** Sends events of a traffic profile of the stack, and verifies that they arrived. @throws StackctlError where they did not */
  seed(options?: SeedOptions): Promise<Seeded>;
  /** Log lines of services and instances, oldest first; none named: of all. */
  logs(names?: string | readonly string[], options?: LogsOptions): AsyncIterable<LogLine>;
  /** Stops everything; data stays until `dispose`. */
  down(options?: CallOptions): Promise<void>;
  /** Ends everything and deletes it, data too unless `keep`. May be called again. `await using` calls it. */
  dispose(): Promise<void>;
}

/** Narrows what was caught. */
export type IsStackctlError = (error: unknown) => error is StackctlError;
