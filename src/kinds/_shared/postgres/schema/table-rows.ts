import { type CatalogReader, isOwn } from './node.ts';
import { SEQUENCE_FACTS, type SequenceFacts } from './sequences.ts';

export interface TableRow {
  readonly oid: number;
  readonly name: string;
  readonly plain: string;
  readonly schema: string;
  readonly kind: 'r' | 'p';
  readonly unlogged: boolean;
  /** Keys of the catalog: the row type, its array. */
  readonly types: readonly string[];
  readonly of_type: string | null;
  readonly parents: readonly { readonly oid: string; readonly name: string }[];
  readonly is_partition: boolean;
  readonly bound: string | null;
  readonly partition_key: string | null;
  readonly options: readonly string[];
  readonly method: string | null;
  readonly tablespace: string | null;
  readonly row_security: boolean;
  readonly force_row_security: boolean;
  readonly identity: 'd' | 'n' | 'f' | 'i';
}

export interface ColumnRow {
  readonly table: number;
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly required: boolean;
  /** From PostgreSQL 18 on NOT NULL is a constraint with a name; null: the usual one, or none. */
  readonly not_null: { readonly name: string | null; readonly valid: boolean } | null;
  /** Not only inherited. */
  readonly local: boolean;
  readonly inherited: boolean;
  readonly generated: '' | 's' | 'v';
  readonly default_oid: number | null;
  readonly expression: string | null;
  readonly identity: '' | 'a' | 'd';
  readonly sequence: (SequenceFacts & { readonly oid: string; readonly schema: string; readonly name: string }) | null;
  readonly plain: string;
  readonly storage: string | null;
  readonly compression: string | null;
  readonly statistics: number | null;
  readonly options: readonly string[];
  /** Of the parents: the defaults, and whether one of them is NOT NULL. */
  readonly parent_expressions: readonly (string | null)[];
  readonly parent_required: boolean;
}

export interface ConstraintRow {
  readonly oid: number;
  readonly table: number;
  readonly name: string;
  readonly type: 'p' | 'u' | 'x' | 'c' | 'f';
  readonly def: string;
  readonly valid: boolean;
  readonly local: boolean;
  readonly index: string | null;
  readonly index_oid: number | null;
  readonly index_options: readonly string[];
  readonly index_tablespace: string | null;
  readonly index_parent: string | null;
}

export function readTableRows({ rows, schemas }: CatalogReader): Promise<readonly TableRow[]> {
  return rows<TableRow>(
    `select c.oid, c.oid::regclass::text as name, c.relname as plain, n.nspname as schema, c.relkind as kind, c.relpersistence = 'u' as unlogged,
            array['pg_type:' || c.reltype, 'pg_type:' || t.typarray] as types,
            case when c.reloftype <> 0 then c.reloftype::regtype::text end as of_type,
            coalesce((select json_agg(json_build_object('oid', inhparent::text, 'name', inhparent::regclass::text) order by inhseqno)
                      from pg_inherits where inhrelid = c.oid), '[]') as parents,
            c.relispartition as is_partition, pg_get_expr(c.relpartbound, c.oid) as bound,
            case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partition_key,
            coalesce(c.reloptions, '{}') || coalesce(array(select 'toast.' || o from unnest(x.reloptions) o), '{}') as options,
            case when am.amname <> current_setting('default_table_access_method') then quote_ident(am.amname) end as method,
            (select quote_ident(spcname) from pg_tablespace where oid = c.reltablespace) as tablespace,
            c.relrowsecurity as row_security, c.relforcerowsecurity as force_row_security, c.relreplident as identity
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = c.reltype
     left join pg_class x on x.oid = c.reltoastrelid left join pg_am am on am.oid = c.relam
     where c.relkind in ('r', 'p') and ${isOwn('pg_class', 'c', 'relnamespace')}`,
    [schemas],
  );
}

export function readColumnRows({ rows }: CatalogReader, tables: readonly number[]): Promise<readonly ColumnRow[]> {
  return rows<ColumnRow>(
    `select a.attrelid as table, quote_ident(a.attname) as name, a.attname as plain, format_type(a.atttypid, a.atttypmod) as type,
            (select format('%I.%I', n.nspname, k.collname) from pg_collation k join pg_namespace n on n.oid = k.collnamespace
             where k.oid = a.attcollation and a.attcollation <> t.typcollation) as collation,
            a.attnotnull as required,
            (select json_build_object('valid', k.convalidated,
                      'name', case when k.conname <> r.relname || '_' || a.attname || '_not_null' then quote_ident(k.conname) end)
             from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum] and k.conislocal) as not_null, a.attislocal as local, a.attinhcount > 0 as inherited, a.attgenerated as generated,
            d.oid as default_oid, pg_get_expr(d.adbin, d.adrelid) as expression, a.attidentity as identity,
            (select to_jsonb(${SEQUENCE_FACTS}) || jsonb_build_object('oid', s.seqrelid::text, 'schema', n.nspname, 'name', c.relname)
             from pg_depend i join pg_sequence s on s.seqrelid = i.objid join pg_class c on c.oid = s.seqrelid
             join pg_namespace n on n.oid = c.relnamespace
             where i.classid = 'pg_class'::regclass and i.refclassid = 'pg_class'::regclass and i.refobjid = a.attrelid
               and i.refobjsubid = a.attnum and i.deptype = 'i' and a.attidentity <> '') as sequence,
            case when a.attstorage <> t.typstorage then a.attstorage end as storage,
            nullif(a.attcompression, '') as compression, nullif(a.attstattarget, -1) as statistics, coalesce(a.attoptions, '{}') as options,
            array(select pg_get_expr(pd.adbin, pd.adrelid) from pg_inherits h
                  join pg_attribute pa on pa.attrelid = h.inhparent and pa.attname = a.attname and not pa.attisdropped
                  left join pg_attrdef pd on pd.adrelid = pa.attrelid and pd.adnum = pa.attnum
                  where h.inhrelid = a.attrelid order by h.inhseqno) as parent_expressions,
            exists (select from pg_inherits h join pg_attribute pa on pa.attrelid = h.inhparent and pa.attname = a.attname
                    where h.inhrelid = a.attrelid and pa.attnotnull) as parent_required
     from pg_attribute a join pg_class r on r.oid = a.attrelid join pg_type t on t.oid = a.atttypid
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = any ($1) and a.attnum > 0 and not a.attisdropped order by a.attrelid, a.attnum`,
    [tables],
  );
}

/** Those of partitions that come with their parent's foreign key are left out. */
export function readConstraintRows(
  { rows }: CatalogReader,
  tables: readonly number[],
): Promise<readonly ConstraintRow[]> {
  return rows<ConstraintRow>(
    `select c.oid, c.conrelid as table, quote_ident(c.conname) as name, c.contype as type, pg_get_constraintdef(c.oid) as def,
            c.convalidated as valid, c.conislocal as local, i.oid as index_oid, case when i.oid is not null then i.oid::regclass::text end as index,
            coalesce(i.reloptions, '{}') as index_options,
            (select quote_ident(spcname) from pg_tablespace where oid = i.reltablespace) as index_tablespace,
            (select inhparent::regclass::text from pg_inherits where inhrelid = i.oid) as index_parent
     from pg_constraint c left join pg_class i on i.oid = c.conindid and c.contype in ('p', 'u', 'x')
     where c.conrelid = any ($1) and c.contype in ('p', 'u', 'x', 'c', 'f') and (c.contype <> 'f' or c.conparentid = 0)`,
    [tables],
  );
}
