import type { QueryResultRow } from 'pg';

/** One object of a schema, and what has to be there before it. */
export interface SchemaNode {
  /** In words, e.g. `table`, `materialized view`. */
  readonly kind: string;
  /** Qualified and quoted, e.g. `public.orders`, `orders_check on public.orders`: unique within its kind. */
  readonly name: string;
  readonly rank: number;
  /** Without semicolons. Empty: the server makes it by itself, and only its comment and privileges are of interest. */
  readonly statements: readonly string[];
  /** Rows of the catalog that this object stands for, e.g. `pg_class:16402`. */
  readonly covers: readonly string[];
  /** Rows that come first, besides those that pg_depend names. */
  readonly needs?: readonly string[];
  /** Parts of a table that can also be added later: their rows of the catalog. */
  readonly inline?: readonly string[];
  /** What stands for a view in a circle, until everything that it needs is there. */
  readonly placeholder?: string;
}

/** Objects are made in this order, as far as they do not need each other. */
export const RANK = {
  schema: 0,
  extension: 1,
  collation: 2,
  type: 3,
  function: 4,
  sequence: 5,
  table: 6,
  attached: 7,
  hypertable: 8,
  added: 9,
  sequenceOwner: 10,
  view: 11,
  key: 12,
  index: 13,
  attachedIndex: 14,
  statistics: 15,
  foreignKey: 16,
  rule: 17,
  trigger: 18,
  policy: 19,
  job: 20,
  publication: 21,
  defaultPrivileges: 22,
  eventTrigger: 23,
} as const;

/** Asks the catalog, in one transaction with an empty search_path. */
export interface CatalogReader {
  rows<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Rows of pg_namespace: the schemas that belong to the user. */
  readonly schemas: readonly number[];
  /** E.g. 17. */
  readonly major: number;
}

/** SQL: the row does not belong to an extension. */
export function notOfExtension(catalog: string, oid: string): string {
  return `not exists (select from pg_depend m where m.classid = '${catalog}'::regclass and m.objid = ${oid} and m.deptype = 'e')`;
}

/** SQL: the row is one that the user made, in a schema of the user ($1). */
export function isOwn(catalog: string, alias: string, namespace: string): string {
  return `${alias}.${namespace} = any ($1) and ${notOfExtension(catalog, `${alias}.oid`)}`;
}
