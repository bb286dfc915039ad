import { quoteText } from '../../../../clients/postgres/identifier.ts';
import { type CatalogReader, notOfExtension, RANK, type SchemaNode } from './node.ts';

/** stackctl's own schema, and those that TimescaleDB keeps for itself. */
const LEFT_OUT =
  '^(pg_.*|information_schema|stackctl|_timescaledb_.*|timescaledb_information|timescaledb_experimental)$';

interface SchemaRow {
  readonly oid: number;
  readonly plain: string;
  readonly name: string;
}

/** Schemas of the user. `public` is there in an empty database, so that its absence is the statement. */
export async function readSchemas(rows: CatalogReader['rows']): Promise<readonly SchemaRow[]> {
  return rows<SchemaRow>(
    `select n.oid, n.nspname as plain, quote_ident(n.nspname) as name from pg_namespace n
     where n.nspname !~ $1 and ${notOfExtension('pg_namespace', 'n.oid')}`,
    [LEFT_OUT],
  );
}

export function schemaNodes(found: readonly SchemaRow[]): readonly SchemaNode[] {
  const nodes = found.map(({ oid, plain, name }) => ({
    kind: 'schema',
    name,
    rank: RANK.schema,
    statements: plain === 'public' ? [] : [`CREATE SCHEMA ${name}`],
    covers: [`pg_namespace:${oid}`],
  }));
  if (found.some(({ plain }) => plain === 'public')) return nodes;
  return [
    ...nodes,
    { kind: 'schema', name: 'public', rank: RANK.schema, statements: ['DROP SCHEMA public'], covers: [] },
  ];
}

/** plpgsql is in every database. Versions are left out: the server's own is the one that it can make. */
export async function readExtensions({ rows }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<{ oid: number; name: string; schema: string }>(
    `select e.oid, quote_ident(e.extname) as name, quote_ident(n.nspname) as schema
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'`,
  );
  return found.map(({ oid, name, schema }) => ({
    kind: 'extension',
    name,
    rank: RANK.extension,
    statements: [`CREATE EXTENSION IF NOT EXISTS ${name} WITH SCHEMA ${schema}`],
    covers: [`pg_extension:${oid}`],
  }));
}

interface CollationRow {
  readonly oid: number;
  readonly name: string;
  readonly facts: {
    readonly collprovider: string;
    readonly collisdeterministic: boolean;
    readonly collcollate: string | null;
    readonly collctype: string | null;
    readonly colliculocale?: string | null;
    readonly colllocale?: string | null;
    readonly collicurules?: string | null;
  };
}

/** Named differently from version to version: the row is read as it is. */
export async function readCollations({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<CollationRow>(
    `select c.oid, format('%I.%I', n.nspname, c.collname) as name, to_jsonb(c) as facts
     from pg_collation c join pg_namespace n on n.oid = c.collnamespace
     where c.collnamespace = any ($1) and ${notOfExtension('pg_collation', 'c.oid')}`,
    [schemas],
  );
  return found.map(({ oid, name, facts }) => ({
    kind: 'collation',
    name,
    rank: RANK.collation,
    statements: [`CREATE COLLATION ${name} (${collationOptions(facts).join(', ')})`],
    covers: [`pg_collation:${oid}`],
  }));
}

const PROVIDERS: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

function collationOptions(facts: CollationRow['facts']): readonly string[] {
  const { collprovider, collcollate, collctype, collicurules } = facts;
  const locale = facts.colllocale ?? facts.colliculocale ?? (collcollate === collctype ? collcollate : null);
  const places =
    locale === null
      ? [`lc_collate = ${quoteText(collcollate ?? '')}`, `lc_ctype = ${quoteText(collctype ?? '')}`]
      : [`locale = ${quoteText(locale)}`];
  return [
    `provider = ${PROVIDERS[collprovider] ?? 'libc'}`,
    ...(facts.collisdeterministic ? [] : ['deterministic = false']),
    ...places,
    ...(collicurules == null ? [] : [`rules = ${quoteText(collicurules)}`]),
  ];
}
