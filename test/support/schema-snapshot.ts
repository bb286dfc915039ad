import type { Client } from 'pg';

/** Everything in a database that a migration may make, without the ledgers of stackctl and of other tools. */
export async function schemaSnapshot(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ line: string }>(OBJECTS);
  const tables = rows.flatMap(({ line }) => /^table (\S+)$/.exec(line)?.[1] ?? []);
  const content: string[] = [];
  for (const table of tables) {
    const found = await client.query<{ row: string }>(`select t::text as row from ${table} as t order by 1`);
    content.push(...found.rows.map(({ row }) => `row of ${table}: ${row}`));
  }
  return [...rows.map(({ line }) => line), ...content];
}

const OBJECTS = `
with own as (
  select c.oid, c.relkind, c.oid::regclass::text as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'stackctl')
    and c.relname !~ '^(schema_migrations|goose_db_version|flyway_schema_history|gorp_migrations)'
)
select line from (
  select 'table ' || name as line from own where relkind in ('r', 'p')
  union all
  select 'schema ' || nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'stackctl')
  union all
  select 'column ' || name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
         || ' ' || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  from own join pg_attribute a on a.attrelid = own.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where relkind in ('r', 'p', 'v', 'm')
  union all
  select 'index ' || pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid from own join pg_index i on i.indrelid = own.oid
  union all
  select 'constraint ' || name || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) || ' ' || c.convalidated
  from own join pg_constraint c on c.conrelid = own.oid
  union all
  select 'trigger ' || pg_get_triggerdef(t.oid) from own join pg_trigger t on t.tgrelid = own.oid and not t.tgisinternal
  union all
  select 'view ' || name || ' ' || pg_get_viewdef(oid) from own where relkind in ('v', 'm')
  union all
  select 'comment ' || name || ' ' || obj_description(oid, 'pg_class') from own where obj_description(oid, 'pg_class') is not null
  union all
  select 'function ' || pg_get_functiondef(p.oid) || ' ' || coalesce(obj_description(p.oid, 'pg_proc'), '')
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'stackctl')
  union all
  select 'enum ' || e.enumtypid::regtype || ' ' || string_agg(e.enumlabel, ',' order by e.enumsortorder)
  from pg_enum e group by e.enumtypid
) as lines order by line collate "C"`;
