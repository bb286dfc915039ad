/** The two files of an instance as data. They are read back by later versions: fields may be added, never renamed. */
import type { ProcessIdentity } from '../../../lib/process-identity.ts';
import type { StopSignal } from '../../../stack/contract/launch.ts';
import type { ObservedExit } from '../../../stack/contract/runtime.ts';
import type { FaultKind } from '../../../stack/contract/runtime-facts.ts';

/** What a command wants an instance to be. */
export type Wanted = 'running' | 'paused' | 'stopped' | 'killed' | 'removed';

/** Everything that is needed to start the server again without the stack. `environment` may hold secrets: the file has mode 0600. */
export interface Launch {
  readonly configHash: string;
  readonly argv: readonly [string, ...string[]];
  /** The server's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stopGraceS: number;
  /** The project's folder, in which the paths of this launch are. When the project has been moved, nothing is started from it. */
  readonly root?: string;
  /** Working folder where it is not the instance's data folder. */
  readonly folder?: string;
  readonly stopSignal?: StopSignal;
}

export interface InstanceRecord {
  /** New with every write: a command waits until the supervisor has acted on exactly this one. */
  readonly revision: string;
  readonly wanted: Wanted;
  /** The fault that a command injected and that `heal` takes back. */
  readonly fault?: FaultKind;
  /** Configuration hash of a server that ran when this record was written and whose state file was lost. */
  readonly adopts?: string;
  readonly launch: Launch;
}

export interface RunningServer extends ProcessIdentity {
  readonly configHash: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Size of its log when it was started, in bytes: what it has written itself comes after. Absent where that is not known. */
  readonly logBytes?: number;
}

export interface InstanceRunState {
  /** Revision of the last record that was acted upon. */
  readonly applied: string | undefined;
  /** The last server that was started, dead or alive: compare pid and start time before you trust it. */
  readonly server: RunningServer | undefined;
  /** What was left of it when the supervisor last checked: itself, only children in its group, nothing. */
  readonly remains: 'server' | 'leftovers' | 'nothing';
  /** Automatic restarts since it was last started on request. */
  readonly restarts: number;
  /** Crashes in a row without a stable run in between. */
  readonly crashes: number;
  /** When a crashed server is started again, for the next supervisor: milliseconds since the epoch, see backoff.ts. */
  readonly retryAtMs: number | undefined;
  /** The newest last. */
  readonly exits: readonly ObservedExit[];
  /** Why the last start or stop did not work; undefined when it did. */
  readonly error: string | undefined;
}

export const NEVER_RAN: InstanceRunState = {
  applied: undefined,
  server: undefined,
  remains: 'nothing',
  restarts: 0,
  crashes: 0,
  retryAtMs: undefined,
  exits: [],
  error: undefined,
};
