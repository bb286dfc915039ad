import type { Emit } from '../lib/events.ts';
import type { Stack } from '../stack/model.ts';
import type { ProjectPaths } from '../stack/paths.ts';
import type { ProjectRecord } from '../stack/record.ts';
import type { Runtime } from '../stack/runtime.ts';

/** A project that exists, opened: what every verb but `up` works on. */
export interface Session {
  readonly stack: Stack;
  readonly runtime: Runtime;
  readonly paths: ProjectPaths;
  readonly record: ProjectRecord;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}
