import { inspectTarget, serverViews } from '../../clients/postgres/views.ts';
import type { InspectResult, InspectView } from '../../stack/inspect.ts';
import { type Edition, EXTENSION, type ExtensionState, notFound } from './extension.ts';
import type { TimescaleOptions } from './options.ts';

const ROWS = 50;

const HYPERTABLES = `
  select format('%I.%I', h.hypertable_schema, h.hypertable_name) as hypertable,
         h.num_chunks as chunks,
         (select coalesce(sum(pg_total_relation_size(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass)), 0)
          from timescaledb_information.chunks c
          where c.hypertable_schema = h.hypertable_schema and c.hypertable_name = h.hypertable_name) as "totalBytes",
         approximate_row_count(format('%I.%I', h.hypertable_schema, h.hypertable_name)::regclass) as "estimatedRows",
         h.compression_enabled as "compressionEnabled",
         (select extract(epoch from d.time_interval) from timescaledb_information.dimensions d
          where d.hypertable_schema = h.hypertable_schema and d.hypertable_name = h.hypertable_name
            and d.dimension_number = 1) as "chunkIntervalS"
  from timescaledb_information.hypertables h order by 3 desc limit ${ROWS}`;

const CHUNKS = `
  select format('%I.%I', chunk_schema, chunk_name) as chunk,
         format('%I.%I', hypertable_schema, hypertable_name) as hypertable,
         range_start as "fromAt", range_end as "toAt",
         pg_total_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass) as "totalBytes",
         is_compressed as "isCompressed"
  from timescaledb_information.chunks order by range_end desc nulls last limit ${ROWS}`;

/** The Apache edition has jobs of its own (housekeeping), and the view is there in both. */
const JOBS = `
  select j.job_id as job, j.proc_name as procedure, j.hypertable_name as hypertable, j.scheduled,
         extract(epoch from j.schedule_interval) as "everyS", s.last_run_status as "lastStatus",
         nullif(s.last_successful_finish, '-infinity') as "lastSuccessAt", s.total_failures as failures, s.next_start as "nextStartAt"
  from timescaledb_information.jobs j left join timescaledb_information.job_stats s using (job_id)
  order by j.job_id limit ${ROWS}`;

/** https://github.com/timescale/timescaledb/issues/10191 */
const APACHE_NOISE =
  'In the Apache edition policy_job_stat_history_retention fails at every run; that harms nothing and cannot be turned off.';

const COMPRESSION = `
  select format('%I.%I', c.hypertable_schema, c.hypertable_name) as hypertable,
         count(*) as chunks, count(*) filter (where c.is_compressed) as "compressedChunks",
         coalesce(sum(pg_total_relation_size(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass))
                  filter (where not c.is_compressed), 0) as "uncompressedBytes"
  from timescaledb_information.chunks c group by 1 order by 4 desc limit ${ROWS}`;

export const views: readonly InspectView<TimescaleOptions>[] = [
  {
    name: 'extension',
    summary: 'version and edition of TimescaleDB',
    read: async (input) => {
      const { readView } = await import('../../clients/postgres/view.ts');
      const { lookAtExtension } = await import('./look-at-extension.ts');
      return readView(inspectTarget(input), async (client): Promise<InspectResult> => {
        const state = await lookAtExtension(client);
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
  timescaleView('jobs', 'background jobs and their last run', JOBS, { notes: [APACHE_NOISE] }),
  ...serverViews<TimescaleOptions>(),
];

interface Needs {
  /** The edition that has what the view shows; undefined: both. */
  readonly edition?: Edition;
  readonly notes?: readonly string[];
}

/** A view that needs the extension; without it (or in an edition that lacks what it shows) it is empty and says why. */
function timescaleView(name: string, summary: string, sql: string, needs: Needs = {}): InspectView<TimescaleOptions> {
  return {
    name,
    summary,
    read: async (input) => {
      const { readView, table } = await import('../../clients/postgres/view.ts');
      const { lookAtExtension } = await import('./look-at-extension.ts');
      return readView(inspectTarget(input), async (client): Promise<InspectResult> => {
        const why = whyEmpty(await lookAtExtension(client), needs);
        if (why !== undefined) return { columns: [], rows: [], notes: [why] };
        const result = await table(client, sql);
        return needs.notes === undefined ? result : { ...result, notes: needs.notes };
      });
    },
  };
}

function whyEmpty(state: ExtensionState, { edition }: Needs): string | undefined {
  if (state.version === undefined) return notFound(state);
  return edition !== undefined && state.edition !== edition ? 'not available in the Apache edition' : undefined;
}
