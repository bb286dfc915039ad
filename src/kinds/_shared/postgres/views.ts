import type { PostgresTarget } from '../../../clients/postgres/connect.ts';
import type { InspectView } from '../../../stack/contract/inspect.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { primaryOf } from '../../../stack/contract/model.ts';
import { type ServerOptions, targetOf } from './options.ts';

const ROWS = 50;

/** A view that is one query, without `limit`. */
function sqlView<Options extends ServerOptions>(
  name: string,
  summary: string,
  sql: string,
  notes: readonly string[] = [],
): InspectView<Options> {
  return {
    name,
    summary,
    read: async (input) => {
      const { readView, firstRows } = await import('./view.ts');
      const result = await readView(inspectTarget(input), (client) => firstRows(client, sql, ROWS));
      const all = [...notes, ...(result.notes ?? [])];
      return all.length === 0 ? result : { ...result, notes: all };
    },
  };
}

export function inspectTarget({ stack, service }: ServiceInput<ServerOptions>): PostgresTarget {
  return targetOf(primaryOf(stack, service).client, service.options, 'inspect');
}

/** The text of a query on one line, whatever is in it. */
const QUERY = `left(regexp_replace(query, '\\s+', ' ', 'g'), 100)`;

/**
 * Views of every PostgreSQL server. Nothing here counts rows: `estimatedRows` is what the planner believes.
 * @param tableNotes what a kind has to say about the view `tables`.
 */
export function serverViews<Options extends ServerOptions>(
  tableNotes: readonly string[] = [],
): readonly InspectView<Options>[] {
  return [
    sqlView(
      'tables',
      'tables by size, with estimated rows',
      `select format('%I.%I', n.nspname, c.relname) as "table",
              pg_table_size(c.oid) as "tableBytes", pg_indexes_size(c.oid) as "indexBytes",
              case when c.reltuples < 0 then null else c.reltuples::bigint end as "estimatedRows",
              s.n_dead_tup as "deadRows", greatest(s.last_autovacuum, s.last_vacuum) as "lastVacuumAt"
       from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_tables s on s.relid = c.oid
       where c.relkind in ('r', 'm', 'p')
         and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
         and n.nspname not like '\\_timescaledb%' and n.nspname not like 'timescaledb\\_%'
       order by pg_total_relation_size(c.oid) desc`,
      ['estimatedRows is null until the table was analysed for the first time.', ...tableNotes],
    ),
    sqlView(
      'connections',
      'who is connected, by program and state',
      `select coalesce(nullif(application_name, ''), '(no name)') as program, usename as "user", datname as database,
              coalesce(state, '-') as state, count(*) as connections,
              round(max(extract(epoch from now() - state_change)) * 1000) as "longestInStateMs",
              current_setting('max_connections')::int as "maxConnections"
       from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
       group by 1, 2, 3, 4 order by count(*) desc`,
    ),
    sqlView(
      'locks',
      'sessions that wait for a lock, and who holds it',
      `select a.pid as "waitingPid", coalesce(nullif(a.application_name, ''), '(no name)') as program,
              round(extract(epoch from clock_timestamp() - a.query_start) * 1000) as "statementMs",
              array_to_string(pg_blocking_pids(a.pid), ', ') as "blockingPids",
              (select string_agg(coalesce(nullif(b.application_name, ''), '(no name)') || ' ' || coalesce(b.state, ''), ', ')
               from pg_stat_activity b where b.pid = any (pg_blocking_pids(a.pid))) as "blockedBy",
              ${QUERY} as query
       from pg_stat_activity a where a.wait_event_type = 'Lock'
       order by a.query_start`,
    ),
    sqlView(
      'queries',
      'what runs now, longest first, with transactions that were left open',
      `select pid, coalesce(nullif(application_name, ''), '(no name)') as program, state,
              round(extract(epoch from clock_timestamp() - xact_start) * 1000) as "transactionMs",
              round(extract(epoch from clock_timestamp() - query_start) * 1000) as "statementMs",
              wait_event_type as "waitsFor", ${QUERY} as query
       from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start is not null
       order by xact_start`,
    ),
  ];
}
