/** The schema of a server as a kind reads it, see `MigrationSession.dump`. */

export interface SchemaDumpOptions {
  /** Also owners and privileges, which name roles of this server. Default: true. */
  readonly grants?: boolean;
}

/** A part of a schema that has a name of its own. */
export interface SchemaObject {
  /** e.g. `table`, `index`, `function`. */
  readonly type: string;
  /** Unique among the objects of its type. Empty: no object, but what the statements of the others need. */
  readonly name: string;
  /** One or more statements with their semicolons that make it. */
  readonly sql: string;
}
