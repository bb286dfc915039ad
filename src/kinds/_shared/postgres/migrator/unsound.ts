import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import type { UnsoundObject } from '../../../../stack/contract/migrate.ts';

/** As the catalog has it. */
export interface FoundUnsound extends UnsoundObject {
  readonly type: 'index' | 'partitionedIndex' | 'constraint' | 'partition';
  /** Without its schema. */
  readonly plainName: string;
  /** Of a constraint: its table or domain, without the schema. */
  readonly owner?: string | null;
  readonly fix: string;
  /** A session is at work on it. */
  readonly busy: boolean;
}

/** All that is not valid in this database. Changes nothing. Runs with any search_path, inside a transaction too. */
export async function findUnsound(client: Client): Promise<readonly FoundUnsound[]> {
  const { rows } = await ask<Suspicion>(client, IS_ANYTHING_UNSOUND);
  return readUnsound(client, rows);
}

export interface Suspicion {
  readonly found: boolean;
}

/** What the answer to `IS_ANYTHING_UNSOUND` stands for: mostly nothing, which is known without a further question. */
export async function readUnsound(client: Client, suspicion: readonly Suspicion[]): Promise<readonly FoundUnsound[]> {
  if (suspicion[0]?.found !== true) return [];
  return (await ask<FoundUnsound & { readonly [column: string]: unknown }>(client, FIND_UNSOUND)).rows;
}

/**
 * What people have to know of: not what a session is at work on, and not what is made step by step and does no harm until
 * it is complete: constraints for new rows only (NOT VALID), an index of a partitioned table to which parts are still to be
 * attached (ON ONLY).
 */
export function isOfConcern({ type, busy }: FoundUnsound): boolean {
  return !busy && isMendable({ type });
}

/** Whether its `fix` is a statement that `stackctl migrate repair` runs. */
export function isMendable({ type }: Pick<FoundUnsound, 'type'>): boolean {
  return type === 'index' || type === 'partition';
}

export function plainUnsound({ name, reason, fix }: FoundUnsound): UnsoundObject {
  return { name, reason, fix };
}

/** Asked before and after each file. To plan the whole question takes longer than most files do. */
export const IS_ANYTHING_UNSOUND = `
select exists (select from pg_catalog.pg_index where not (indisvalid and indisready and indislive))
    or exists (select from pg_catalog.pg_constraint where not convalidated)
    or exists (select from pg_catalog.pg_inherits h where (pg_catalog.to_json(h) ->> 'inhdetachpending') = 'true') as found`;

// Names are written as SQL needs them. `to_json(…) ->` reads a column that not every version of the server has.
// An index that is a part of another one, or that a constraint needs, cannot be dropped by itself; one of a partitioned
// table or of a table with children (a hypertable) cannot be dropped concurrently. An index of a partitioned table takes
// its valid parts with it: it gets what it lacks, and is not dropped.
const FIND_UNSOUND = `
with changing as materialized (
  select relation, bool_or(pid in (select pid from pg_catalog.pg_stat_progress_create_index)) as builds
  from pg_catalog.pg_locks
  where locktype = 'relation' and mode = 'ShareUpdateExclusiveLock' and granted and pid <> pg_catalog.pg_backend_pid()
    and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  group by relation
), named as (
  select c.oid, c.relname, c.relkind, c.relispartition, pg_catalog.quote_ident(c.relname) as own,
         pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as full_name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't'
)
select case when x.relkind = 'I' then 'partitionedIndex' else 'index' end as type,
       'index ' || x.full_name as name, x.relname::text as "plainName", null as owner,
       case when x.relkind = 'I' then 'is not valid: ' || coalesce((
              select min(p.full_name) || ' has no valid index that is attached to it'
              from pg_catalog.pg_inherits h join named p on p.oid = h.inhrelid
              where h.inhparent = t.oid and not exists (
                select from pg_catalog.pg_inherits part join pg_catalog.pg_index pi on pi.indexrelid = part.inhrelid
                where part.inhparent = x.oid and pi.indrelid = p.oid and pi.indisvalid)),
              'one of its parts was made valid after it was attached')
            when x.relname ~ '_ccnew[0-9]*$' then 'is not valid: REINDEX CONCURRENTLY left it behind'
            when x.relname ~ '_ccold[0-9]*$' then 'is not valid: REINDEX CONCURRENTLY could not remove it'
            when not i.indislive then 'is not valid: its removal did not finish'
            else 'is not valid: its build did not finish' end as reason,
       case when x.relkind = 'I' then 'ALTER INDEX ' || x.full_name || ' ATTACH PARTITION …'
            when k.conname is not null
            then 'ALTER TABLE ' || t.full_name || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(k.conname)
            when x.relispartition then 'REINDEX INDEX CONCURRENTLY ' || x.full_name
            when exists (select from pg_catalog.pg_inherits where inhparent = t.oid)
            then 'DROP INDEX ' || x.full_name
            else 'DROP INDEX CONCURRENTLY ' || x.full_name end as fix,
       coalesce(w.builds, false) as busy
from pg_catalog.pg_index i
join named x on x.oid = i.indexrelid join named t on t.oid = i.indrelid
left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
left join changing w on w.relation = i.indrelid
where not (i.indisvalid and i.indisready and i.indislive)
union all
select 'constraint', 'constraint ' || pg_catalog.quote_ident(k.conname) || ' of ' || t.full_name, k.conname::text,
       t.relname::text, 'is not validated: rows that were there before it may break it',
       'ALTER TABLE ' || t.full_name || ' VALIDATE CONSTRAINT ' || pg_catalog.quote_ident(k.conname), false
from pg_catalog.pg_constraint k join named t on t.oid = k.conrelid
where not k.convalidated and k.conparentid = 0 and k.conislocal
  and (pg_catalog.to_json(k) ->> 'conenforced') is distinct from 'false'
union all
select 'constraint', 'constraint ' || pg_catalog.quote_ident(k.conname) || ' of ' || d.full_name, k.conname::text,
       d.typname::text, 'is not validated: values that were there before it may break it',
       'ALTER DOMAIN ' || d.full_name || ' VALIDATE CONSTRAINT ' || pg_catalog.quote_ident(k.conname), false
from pg_catalog.pg_constraint k join (
  select d.oid, d.typname, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(d.typname) as full_name
  from pg_catalog.pg_type d join pg_catalog.pg_namespace n on n.oid = d.typnamespace where n.nspname !~ '^pg_temp_'
) d on d.oid = k.contypid
where not k.convalidated
union all
select 'partition', 'partition ' || p.full_name || ' of ' || t.full_name, p.relname::text, null,
       'is half detached: DETACH PARTITION CONCURRENTLY did not finish',
       'ALTER TABLE ' || t.full_name || ' DETACH PARTITION ' || p.full_name || ' FINALIZE', w.relation is not null
from pg_catalog.pg_inherits h join named p on p.oid = h.inhrelid join named t on t.oid = h.inhparent
left join changing w on w.relation = h.inhparent
where p.relispartition and (pg_catalog.to_json(h) ->> 'inhdetachpending') = 'true'
order by 2`;
