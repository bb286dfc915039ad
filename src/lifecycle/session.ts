import type { Emit } from '../lib/events.ts';
import type { ProjectRecord } from '../project/record.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { Runtime } from '../stack/contract/runtime.ts';

/** A project that exists, with what its record says: that is enough to list, end and heal what runs. */
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
