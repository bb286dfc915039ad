/** Where a project keeps its things. All below `<folder>/.stackctl/<name>/` (mode 0700). */
export interface ProjectPaths {
  readonly root: string;
  /** Durable decisions: stack, runtime, ports, subnet, counts, recorded primaries. */
  readonly record: string;
  /** Mode 0600. */
  readonly secrets: string;
  readonly lock: string;
  /** Faults that were injected and not yet healed. */
  readonly faults: string;
  /** There where the project was made by the library, which may end and delete it: see project/owners.ts. */
  readonly owned: string;
  /** Never changed by a server. */
  readonly rendered: string;
  /** Inside `rendered`: which configuration each instance's files were rendered from. */
  readonly renderedHashes: string;
  /** What the compose.yaml in `rendered` was made from. */
  readonly renderedCompose: string;
  /** What the programs of the stack were last started from, and which files they write themselves. */
  readonly programs: string;
  /** What is known of migration files from reading them once. */
  readonly knownMigrations: string;
  /** Process runtime: one folder per instance. */
  readonly instances: string;
  /** Process runtime: the supervisor's own files. */
  readonly supervisor: string;
}
