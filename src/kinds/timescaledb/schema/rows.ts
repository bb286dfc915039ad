import type { CatalogReader } from '../../_shared/postgres/schema/node.ts';

export interface HypertableRow {
  readonly id: number;
  /** Row of pg_class of its table. */
  readonly oid: number;
  readonly name: string;
  readonly chunk_schema: string;
  readonly chunk_prefix: string;
  readonly dimensions: readonly DimensionRow[];
  /** Null: its chunks are not compressed. */
  readonly compression: CompressionRow | null;
}

export interface DimensionRow {
  readonly column: string;
  /** A time or a number: chunks have this length, in microseconds or as it is. Null: a hash. */
  readonly length: string | null;
  readonly is_time: boolean;
  readonly partitions: number | null;
  readonly function: string | null;
  readonly now_function: string | null;
}

export interface CompressionRow {
  readonly segment_by: string | null;
  readonly order_by: string | null;
  /** Of the chunks that are put together, in microseconds. */
  readonly length: string | null;
}

export interface AggregateRow {
  /** Of the hypertable that keeps its rows. */
  readonly id: number;
  readonly name: string;
  readonly oid: number;
  readonly covers: readonly string[];
  readonly materialized_only: boolean;
  readonly definition: string;
  readonly compression: CompressionRow | null;
  /** Those that somebody made. */
  readonly indexes: readonly { readonly name: string; readonly definition: string }[];
}

export interface JobRow {
  /** E.g. `_timescaledb_functions.policy_retention`. */
  readonly procedure: string;
  readonly is_policy: boolean;
  readonly every: string;
  readonly scheduled: boolean;
  readonly fixed_schedule: boolean;
  readonly hypertable: number | null;
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly config_text: string | null;
  readonly check: string | null;
  readonly timezone: string | null;
}

/** SQL: how the hypertable `h` compresses its chunks. Columns that only some versions have are read from the row as JSON. */
const COMPRESSION = `(
  select json_build_object(
    'segment_by', string_agg(quote_ident(s.attname), ', ' order by s.segmentby_column_index) filter (where s.segmentby_column_index is not null),
    'order_by', string_agg(quote_ident(s.attname) || case when s.orderby_asc then '' else ' DESC' end ||
        case when s.orderby_asc = not s.orderby_nullsfirst then '' when s.orderby_nullsfirst then ' NULLS FIRST' else ' NULLS LAST' end,
      ', ' order by s.orderby_column_index) filter (where s.orderby_column_index is not null),
    'length', (select max(to_jsonb(d)->>'compress_interval_length') from _timescaledb_catalog.dimension d where d.hypertable_id = h.id))
  from timescaledb_information.compression_settings s
  where h.compression_state = 1 and s.hypertable_schema = h.schema_name and s.hypertable_name = h.table_name
  having h.compression_state = 1)`;

export function readHypertables({ rows }: Pick<CatalogReader, 'rows'>): Promise<readonly HypertableRow[]> {
  return rows<HypertableRow>(
    `select h.id, c.oid, format('%I.%I', h.schema_name, h.table_name) as name, h.associated_schema_name as chunk_schema,
            case when h.associated_table_prefix <> '_hyper_' || h.id then h.associated_table_prefix end as chunk_prefix,
            (select json_agg(json_build_object('column', quote_literal(d.column_name), 'length', d.interval_length::text,
                      'is_time', d.column_type in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype),
                      'partitions', d.num_slices,
                      'function', case when d.partitioning_func <> 'get_partition_hash'
                                    then format('%I.%I', d.partitioning_func_schema, d.partitioning_func) end,
                      'now_function', case when d.integer_now_func is not null
                                        then format('%I.%I', d.integer_now_func_schema, d.integer_now_func) end) order by d.id)
             from _timescaledb_catalog.dimension d where d.hypertable_id = h.id) as dimensions,
            ${COMPRESSION} as compression
     from _timescaledb_catalog.hypertable h join pg_namespace n on n.nspname = h.schema_name
     join pg_class c on c.relnamespace = n.oid and c.relname = h.table_name
     where h.schema_name !~ '^_timescaledb_' and h.compression_state <> 2`,
  );
}

/** What they are made from is kept in a view of the extension; their indexes belong to the hypertable with their rows. */
export function readAggregates({ rows }: Pick<CatalogReader, 'rows'>): Promise<readonly AggregateRow[]> {
  return rows<AggregateRow>(
    `select a.mat_hypertable_id as id, format('%I.%I', a.user_view_schema, a.user_view_name) as name, v.oid,
            array['pg_class:' || v.oid, 'pg_type:' || v.reltype] ||
              array(select 'pg_rewrite:' || r.oid from pg_rewrite r where r.ev_class in (v.oid, dv.oid)) as covers,
            a.materialized_only, pg_get_viewdef(dv.oid) as definition, ${COMPRESSION} as compression,
            coalesce((select json_agg(json_build_object('name', quote_ident(i.relname), 'definition', pg_get_indexdef(i.oid)))
                      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
                      join pg_namespace tn on tn.oid = t.relnamespace
                      where tn.nspname = h.schema_name and t.relname = h.table_name
                        and x.indisvalid and i.relname !~ '^_materialized_hypertable_'), '[]') as indexes
     from _timescaledb_catalog.continuous_agg a join _timescaledb_catalog.hypertable h on h.id = a.mat_hypertable_id
     join pg_namespace vn on vn.nspname = a.user_view_schema
     join pg_class v on v.relnamespace = vn.oid and v.relname = a.user_view_name
     join pg_namespace dn on dn.nspname = a.direct_view_schema
     join pg_class dv on dv.relnamespace = dn.oid and dv.relname = a.direct_view_name`,
  );
}

/** Jobs below 1000 are the extension's own. */
export function readJobs({ rows }: Pick<CatalogReader, 'rows'>): Promise<readonly JobRow[]> {
  return rows<JobRow>(
    `select case when j.proc_schema ~ '^_timescaledb_' then j.proc_name::text else format('%I.%I', j.proc_schema, j.proc_name) end as procedure,
            j.proc_schema ~ '^_timescaledb_' as is_policy, j.schedule_interval::text as every, j.scheduled,
            coalesce((to_jsonb(j)->>'fixed_schedule')::boolean, true) as fixed_schedule,
            j.hypertable_id as hypertable, j.config, j.config::text as config_text,
            case when to_jsonb(j)->>'check_name' is not null and j.proc_schema !~ '^_timescaledb_'
              then format('%I.%I', to_jsonb(j)->>'check_schema', to_jsonb(j)->>'check_name') end as check,
            to_jsonb(j)->>'timezone' as timezone
     from _timescaledb_config.bgw_job j where j.id >= 1000`,
  );
}

/** Chunks that stand in a schema of the user, by their keys. */
export async function readChunkKeys({ rows }: Pick<CatalogReader, 'rows'>): Promise<readonly string[]> {
  const found = await rows<{ key: string }>(
    `select 'pg_class:' || c.oid as key from _timescaledb_catalog.chunk k join pg_namespace n on n.nspname = k.schema_name
     join pg_class c on c.relnamespace = n.oid and c.relname = k.table_name where k.schema_name !~ '^_timescaledb_'`,
  );
  return found.map(({ key }) => key);
}
