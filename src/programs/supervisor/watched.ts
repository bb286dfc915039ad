import type { InstanceFolders } from './protocol/instance-files.ts';
import type { InstanceRunState } from './protocol/instance-record.ts';
import type { WakeUp } from './wake-up.ts';

/** One instance as the supervisor knows it: its state file, and what only this process can know. */
export interface Watched {
  readonly folders: InstanceFolders;
  readonly state: InstanceRunState;
  /** By `performance.now()`, as all times here: the time of day may be set while something waits. */
  readonly killAtMs: number | undefined;
  readonly retryAtMs: number | undefined;
  /** When the server was started; undefined for a server that had ended before this supervisor started. */
  readonly startedAtMs: number | undefined;
  /** Resolves at the end of a server that this supervisor started itself; undefined for an adopted server. */
  readonly exited: Promise<ServerExit> | undefined;
}

export interface ServerExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** What the watch over one instance gets from the supervisor. */
export interface WatchContext {
  readonly wakeUp: WakeUp;
  /** Aborts when the supervisor leaves; the servers stay. */
  readonly signal: AbortSignal;
  /** Called after every step: the instance may need no supervisor from now on. */
  readonly acted: () => void;
  /** The project's folder, as paths of instances lead to it. */
  readonly home: string;
  /** Whether servers and waits keep this process from ending. */
  readonly keepsAlive: boolean;
  /** Writes one line to the supervisor's log. */
  readonly log: (text: string) => void;
}
