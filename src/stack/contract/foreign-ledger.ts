/** What another migration tool has noted in a database about the migrations that it applied. Never changed by stackctl. */
export interface ForeignLedger {
  /** Name of the tool, as `stackctl migrate import --from` takes it. */
  readonly tool: string;
  /** With its schema, e.g. `public.schema_migrations`. */
  readonly table: string;
  /** Versions that are applied, or names of files where the tool keeps those. In no order. */
  readonly applied: readonly string[];
  /** Everything up to this version is applied, too. */
  readonly upTo?: string;
  /** A migration that failed half way, by its version. */
  readonly unfinished?: string;
}
