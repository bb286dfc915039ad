import type { ProjectPaths } from '../../../stack/contract/paths.ts';
import type { Engine } from './engine.ts';

/** What the verbs of this runtime work on: one project on one Engine. */
export interface ProjectInput {
  readonly engine: Engine;
  /** Also the project name of Compose. */
  readonly projectId: string;
  readonly paths: ProjectPaths;
}
