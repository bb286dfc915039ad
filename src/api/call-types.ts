/** What the methods of a running stack take and give. Shipped as it is: see types.ts. */

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a client is given; what a kind of server does not have is absent. */
export interface Connection extends Address {
  /** Kind of the service: `redis`, `postgres`, `kafka`, … */
  readonly kind: string;
  /** Connection string, credentials included; of Kafka the list of brokers. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Kafka: `host:port` of each broker. */
  readonly brokers?: readonly string[];
  /** Sentinel: what the master is called. `password` is the master's. */
  readonly masterName?: string;
  readonly sentinels?: readonly Address[];
  readonly sentinelPassword?: string;
  /** Sentinel: ready-made options, `new Redis(connection.ioredis)`. */
  readonly ioredis?: Readonly<Record<string, unknown>>;
  /** Every instance, by itself. */
  readonly instances: readonly (Address & { readonly name: string })[];
}

/** As `data` of `stackctl status --json`. */
export interface Status {
  readonly project: string;
  readonly stack: string;
  readonly runtime: string;
  readonly healthy: boolean;
  readonly instances: readonly InstanceStatus[];
}

export interface InstanceStatus {
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  /** `master`, `replica`, …; null where the kind has none, or it is not known. */
  readonly role: string | null;
  /** `healthy`, `unhealthy`, `paused`, `stopped`, `restarting`, `missing`. */
  readonly health: string;
  /** Why it is not healthy. */
  readonly reasons: readonly string[];
  /** `host:port` for programs on this machine. */
  readonly client: string;
  /** Of a server of the process runtime. */
  readonly pid?: number;
  /** Of one of the Docker runtime. */
  readonly containerId?: string;
  readonly restarts: number;
}

export interface FailoverOptions extends CallOptions {
  /** How; see `stackctl failover --help`. Without it, the way that loses nothing. */
  readonly mode?: 'express' | 'graceful' | 'coordinated' | 'stock';
  /** The new master. */
  readonly to?: string;
  /** Writes meanwhile and counts what it costs; default false. */
  readonly measure?: boolean;
  readonly timeoutMs?: number;
}

export interface HandOver {
  /** Instance that was the master. */
  readonly from: string;
  /** Instance that is it now. */
  readonly to: string;
  readonly mode: string;
  /** Milliseconds without an acknowledged write, and acknowledged writes that were lost; null when nothing was measured. */
  readonly figures: { readonly gapMs: number | null; readonly lost: number } | null;
}

/** `cut` and `slow` need to know between whom. Which of them a runtime can: `docs/library.md`. */
export type Fault = 'kill' | 'pause' | 'stop' | 'partition' | 'cut' | 'loss' | 'slow' | 'read-only';

export interface InjectOptions extends CallOptions {
  /** `cut`: from whom nothing arrives; `slow`: to whom answers come late. Names of instances. */
  readonly from?: readonly string[];
  /** `cut`: whom nothing reaches. */
  readonly to?: readonly string[];
  /** `loss`: of the packets, above 0 and below 1. */
  readonly share?: number;
  /** `slow`: milliseconds. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
}

export interface InjectedFault extends AsyncDisposable {
  readonly instance: string;
  readonly fault: Fault;
  /** Takes it back, and returns when that is done; the server may still be starting. May be called again. */
  heal(): Promise<void>;
}

export interface SeedOptions extends CallOptions {
  /** Without it, the stack's only or default one. */
  readonly profile?: string;
  /** How many events; default 1000. */
  readonly count?: number;
  /** How long events are sent; with `count`, whatever comes first. */
  readonly durationMs?: number;
  /** Events a second. */
  readonly rate?: number;
  /** Equal seeds send equal events; default 1. */
  readonly seed?: number;
  /** Longest wait for the stores. */
  readonly settleMs?: number;
}

/** As `data` of `stackctl seed traffic --json`. */
export interface Seeded {
  readonly profile: string;
  readonly seed: number;
  /** Beginning of the id of every event. */
  readonly run: string;
  readonly asked: number;
  readonly acked: number;
  readonly rejected: number;
  readonly unknown: number;
  /** Every acknowledged event was read back once, and nothing else. */
  readonly verified: boolean;
  readonly stores: readonly {
    readonly store: string;
    readonly stored: number | null;
    readonly missing: number | null;
    readonly phantom: number | null;
    readonly duplicates: number | null;
  }[];
}

export interface LogsOptions extends CallOptions {
  /** Goes on with new lines until the loop is left, the stack is disposed of, or `signal` aborts, which is an error. */
  readonly follow?: boolean;
  /** Only lines since then. */
  readonly since?: Date;
  /** Only the last n lines of each instance. */
  readonly tail?: number;
}

export interface LogLine {
  readonly instance: string;
  /** ISO 8601, UTC; null where nobody knows. */
  readonly at: string | null;
  readonly text: string;
}
