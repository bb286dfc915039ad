/** With what the methods of a runtime are called (runtime.ts). */
import type { Readable, Writable } from 'node:stream';
import type { Emit } from '../../lib/events.ts';

export interface LogLine {
  readonly instance: string;
  /** ISO 8601, UTC; undefined where the runtime does not know it. */
  readonly at: string | undefined;
  readonly text: string;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Only lines at or after this instant. */
  readonly since: Date | undefined;
  /** Only the last n lines of each instance, before following. */
  readonly tail: number | undefined;
  /** `Kind.logTime` of an instance, for a runtime that does not note itself when a line was written. */
  readonly timeOf?: (instance: string, line: string) => Date | undefined;
  readonly signal: AbortSignal;
}

/** A start of an instance, as `observe` has told it. */
export interface LogStart {
  readonly startedAt: string | undefined;
  readonly logBytes?: number;
}

export interface ExecOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** In the working folder of the server's own program, where that is another one than usual. */
  readonly besideProgram?: true;
  readonly tty: boolean;
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
}

export interface StartOptions {
  readonly signal: AbortSignal;
}

export interface PrepareOptions {
  /** Services whose images are built again, also when there is one. */
  readonly rebuild?: ReadonlySet<string>;
  /** False: without the layers of earlier builds. */
  readonly cache?: boolean;
  readonly signal: AbortSignal;
}

export interface EndOptions {
  readonly signal?: AbortSignal;
  /** From SIGTERM to SIGKILL, instead of the grace time that each kind gives its instances. */
  readonly graceMs?: number;
}

export interface DownOptions extends EndOptions {
  /** Delete the data too, and the images that were built for the project. */
  readonly volumes: boolean;
  /** Gets a note of what is removed besides instances and data. */
  readonly emit?: Emit;
}
