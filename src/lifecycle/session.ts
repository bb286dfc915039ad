import type { Emit } from '../lib/events.ts';
import type { Stack } from '../stack/model.ts';
import type { ProjectPaths } from '../stack/paths.ts';
import type { ProjectRecord } from '../stack/record.ts';
import type { Runtime } from '../stack/runtime.ts';

/** A project that exists, with what its record tells: what runs can be listed, ended and healed with that alone. */
export interface RecordSession {
  /** Undefined when it cannot be read. */
  readonly stack: Stack | undefined;
  readonly runtime: Runtime;
  readonly paths: ProjectPaths;
  readonly record: ProjectRecord;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** A project that exists, opened: what most verbs but `up` work on. */
export interface Session extends RecordSession {
  readonly stack: Stack;
}
