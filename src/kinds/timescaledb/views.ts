import type { InspectResult, InspectView } from '../../stack/contract/inspect.ts';
import { inspectTarget, serverViews } from '../_shared/postgres/views.ts';
import { type Edition, EXTENSION, type ExtensionState, notFound } from './extension.ts';
import type { TimescaleOptions } from './options.ts';

const ROWS = 50;

/** A continuous aggregate keeps its rows in a hypertable of its own, which the list of hypertables leaves out. */
const ALL_HYPERTABLES = `
  select hypertable_schema as schema, hypertable_name as name, compression_enabled, null as aggregate
  from timescaledb_information.hypertables
  union all
  select materialization_hypertable_schema, materialization_hypertable_name, compression_enabled,
         format('%I.%I', view_schema, view_name)
  from timescaledb_information.continuous_aggregates`;

/**
 * Sizes are what the extension's own functions say: tables, indexes and TOAST, and the relations that hold compressed chunks,
 * which pg_total_relation_size of a chunk does not know.
 */
const HYPERTABLES = `
  select format('%I.%I', h.schema, h.name) as hypertable,
         (select count(*) from timescaledb_information.chunks c
          where c.hypertable_schema = h.schema and c.hypertable_name = h.name) as chunks,
         coalesce(hypertable_size(format('%I.%I', h.schema, h.name)::regclass), 0) as "totalBytes",
         approximate_row_count(format('%I.%I', h.schema, h.name)::regclass) as "estimatedRows",
         h.compression_enabled as "compressionEnabled",
         (select extract(epoch from d.time_interval) from timescaledb_information.dimensions d
          where d.hypertable_schema = h.schema and d.hypertable_name = h.name and d.dimension_number = 1) as "chunkIntervalS",
         h.aggregate as "continuousAggregate"
  from (${ALL_HYPERTABLES}) h order by 3 desc, 1`;

const CHUNKS = `
  with newest as (
    select * from timescaledb_information.chunks order by range_end desc nulls last, chunk_schema, chunk_name limit ${ROWS + 1}),
  sizes as (
    select s.chunk_schema, s.chunk_name, s.total_bytes
    from (select distinct hypertable_schema, hypertable_name from newest) h,
         chunks_detailed_size(format('%I.%I', h.hypertable_schema, h.hypertable_name)::regclass) s)
  select format('%I.%I', n.chunk_schema, n.chunk_name) as chunk,
         format('%I.%I', n.hypertable_schema, n.hypertable_name) as hypertable,
         n.range_start as "fromAt", n.range_end as "toAt", s.total_bytes as "totalBytes", n.is_compressed as "isCompressed"
  from newest n left join sizes s using (chunk_schema, chunk_name)
  order by n.range_end desc nulls last, n.chunk_schema, n.chunk_name`;

/** A job keeps its last error after it has succeeded again: compare `lastErrorAt` with `lastSuccessAt`. */
const JOBS = `
  select j.job_id as job, j.proc_name as procedure, j.hypertable_name as hypertable, j.scheduled,
         extract(epoch from j.schedule_interval) as "everyS", s.last_run_status as "lastStatus",
         nullif(s.last_successful_finish, '-infinity') as "lastSuccessAt", s.total_failures as failures,
         s.next_start as "nextStartAt", e.finish_time as "lastErrorAt", e.sqlerrcode as "lastErrorCode",
         e.err_message as "lastError"
  from timescaledb_information.jobs j left join timescaledb_information.job_stats s using (job_id)
  left join lateral (
    select finish_time, sqlerrcode, err_message from timescaledb_information.job_errors
    where job_id = j.job_id and err_message is not null order by start_time desc limit 1) e on true
  order by j.job_id`;

const HISTORY_JOB = 'policy_job_stat_history_retention';

/** https://github.com/timescale/timescaledb/issues/10191 */
const APACHE_NOISE = `In the Apache edition ${HISTORY_JOB} fails at every run; that harms nothing and cannot be turned off.`;

const COMPRESSION = `
  with h as materialized (select format('%I.%I', schema, name) as hypertable, schema, name from (${ALL_HYPERTABLES}) every),
  s as materialized (
    select h.hypertable, s.chunk_schema, s.chunk_name, s.total_bytes from h, chunks_detailed_size(h.hypertable::regclass) s)
  select h.hypertable, count(*) as chunks, count(*) filter (where c.is_compressed) as "compressedChunks",
         coalesce(sum(s.total_bytes) filter (where not c.is_compressed), 0) as "uncompressedBytes",
         coalesce(sum(s.total_bytes) filter (where c.is_compressed), 0) as "compressedBytes",
         (select b.before_compression_total_bytes
          from hypertable_compression_stats(h.hypertable::regclass) b) as "beforeCompressionBytes"
  from h join s using (hypertable)
  join timescaledb_information.chunks c using (chunk_schema, chunk_name)
  group by h.hypertable order by 4 desc, 1`;

export const views: readonly InspectView<TimescaleOptions>[] = [
  {
    name: 'extension',
    summary: 'version and edition of TimescaleDB',
    read: async (input) => {
      const { readView } = await import('../_shared/postgres/view.ts');
      const { readExtensionState } = await import('./read-extension-state.ts');
      return readView(inspectTarget(input), async (client): Promise<InspectResult> => {
        const state = await readExtensionState(client);
        return {
          columns: ['extension', 'version', 'edition'],
          rows: [[EXTENSION, state.version ?? null, state.edition ?? null]],
          ...(state.available ? {} : { notes: [notFound(state)] }),
        };
      });
    },
  },
  timescaleView('hypertables', 'hypertables with chunks, size and estimated rows', HYPERTABLES),
  timescaleView('chunks', 'the newest chunks with their time range and size', CHUNKS),
  timescaleView('compression', 'chunks that are compressed and what is left', COMPRESSION, { edition: 'timescale' }),
  timescaleView('jobs', 'background jobs, their last run and their last error', JOBS, { notes: jobNotes }),
  ...serverViews<TimescaleOptions>([
    'The rows of a hypertable are in its chunks, which are not listed here: see the view `hypertables`.',
  ]),
];

interface Needs {
  /** The edition that has what the view shows; undefined: both. */
  readonly edition?: Edition;
  /** Notes about these rows. */
  readonly notes?: (result: InspectResult, edition: Edition | undefined) => readonly string[];
}

/** A view that needs the extension; without it (or in an edition that lacks what it shows) it is empty and says why. */
function timescaleView(name: string, summary: string, sql: string, needs: Needs = {}): InspectView<TimescaleOptions> {
  return {
    name,
    summary,
    read: async (input) => {
      const { readView, firstRows } = await import('../_shared/postgres/view.ts');
      const { readExtensionState } = await import('./read-extension-state.ts');
      return readView(inspectTarget(input), async (client): Promise<InspectResult> => {
        const state = await readExtensionState(client);
        const why = whyEmpty(state, needs);
        if (why !== undefined) return { columns: [], rows: [], notes: [why] };
        const result = await firstRows(client, sql, ROWS);
        const notes = [...(needs.notes?.(result, state.edition) ?? []), ...(result.notes ?? [])];
        return notes.length === 0 ? result : { ...result, notes };
      });
    },
  };
}

function whyEmpty(state: ExtensionState, { edition }: Needs): string | undefined {
  if (state.version === undefined) return notFound(state);
  return edition !== undefined && state.edition !== edition ? 'not available in the Apache edition' : undefined;
}

/** One job fails always and cannot be turned off: a note says so. Other failures are explained by the job's own error. */
function jobNotes({ columns, rows }: InspectResult, edition: Edition | undefined): readonly string[] {
  const [procedure, status] = [columns.indexOf('procedure'), columns.indexOf('lastStatus')];
  const failed = rows.some((cells) => cells[procedure] === HISTORY_JOB && cells[status] === 'Failed');
  return edition === 'apache' && failed ? [APACHE_NOISE] : [];
}
