import { askClickhouse } from '../../clients/clickhouse/ask.ts';
import type { InspectCell, InspectorCapability, InspectView } from '../../stack/contract/inspect.ts';
import type { ClickhouseOptions } from './options.ts';
import { serviceTarget } from './target.ts';

const ASK_MS = 8000;
const MOST_ROWS = 200;
/** It changes nothing, and the server itself ends it. */
const SETTINGS = {
  readonly: 2,
  max_execution_time: 5,
  max_threads: 2,
  max_result_rows: MOST_ROWS,
  result_overflow_mode: 'break',
  output_format_json_quote_64bit_integers: 0,
};

interface ViewSpec {
  readonly name: string;
  readonly summary: string;
  readonly columns: readonly string[];
  /** Gives the columns in their order; `{database:String}` is the service's. */
  readonly statement: string;
  readonly notes?: readonly string[];
}

const VIEWS: readonly ViewSpec[] = [
  {
    name: 'tables',
    summary: 'Tables of the database with rows and size',
    columns: ['table', 'engine', 'rows', 'usedBytes', 'parts'],
    statement: `
      SELECT name, engine, ifNull(total_rows, 0), ifNull(total_bytes, 0), ifNull(parts, 0)
      FROM system.tables WHERE database = {database:String} ORDER BY total_bytes DESC, name`,
    notes: ['rows are stored rows: what a ReplacingMergeTree replaces counts until its parts are merged'],
  },
  {
    name: 'parts',
    summary: 'Active parts by table and partition',
    columns: ['partition', 'parts', 'rows', 'usedBytes', 'compressedBytes', 'uncompressedBytes', 'newest'],
    statement: `
      SELECT concat(table, ' ', partition), count(), sum(rows), sum(bytes_on_disk), sum(data_compressed_bytes),
        sum(data_uncompressed_bytes), formatDateTime(max(modification_time), '%Y-%m-%dT%H:%i:%SZ', 'UTC')
      FROM system.parts WHERE active AND database = {database:String}
      GROUP BY table, partition ORDER BY count() DESC, 1`,
  },
  {
    name: 'disks',
    summary: 'Disks with their free space',
    columns: ['disk', 'freeBytes', 'totalBytes', 'path'],
    statement: 'SELECT name, free_space, total_space, path FROM system.disks ORDER BY name',
  },
  {
    name: 'queries',
    summary: 'Queries that run now',
    columns: ['queryId', 'user', 'elapsedS', 'readRows', 'memoryBytes', 'query'],
    statement: `
      SELECT query_id, user, elapsed, read_rows, memory_usage, substring(replaceRegexpAll(query, '\\\\s+', ' '), 1, 200)
      FROM system.processes WHERE query_id != queryID() ORDER BY elapsed DESC`,
  },
  {
    name: 'merges',
    summary: 'Merges and mutations that run now',
    columns: ['table', 'elapsedS', 'progress', 'parts', 'usedBytes', 'isMutation'],
    statement: `
      SELECT concat(database, '.', table), elapsed, progress, num_parts, total_size_bytes_compressed, is_mutation = 1
      FROM system.merges ORDER BY elapsed DESC`,
  },
  {
    name: 'mutations',
    summary: 'Mutations that have not ended, or failed',
    columns: ['mutation', 'table', 'command', 'partsToDo', 'lastFailure'],
    statement: `
      SELECT mutation_id, concat(database, '.', table), substring(command, 1, 200), parts_to_do, substring(latest_fail_reason, 1, 200)
      FROM system.mutations WHERE NOT is_done OR latest_fail_reason != '' ORDER BY create_time DESC`,
  },
  {
    name: 'errors',
    summary: 'Errors since the server started, the latest first',
    columns: ['error', 'code', 'count', 'lastAt', 'lastMessage'],
    statement: `
      SELECT name, code, sum(value), formatDateTime(max(last_error_time), '%Y-%m-%dT%H:%i:%SZ', 'UTC'),
        substring(argMax(last_error_message, last_error_time), 1, 200)
      FROM system.errors WHERE value > 0 GROUP BY name, code ORDER BY max(last_error_time) DESC`,
  },
];

export const inspector: InspectorCapability<ClickhouseOptions> = { views: VIEWS.map(viewOf) };

function viewOf({ name, summary, columns, statement, notes = [] }: ViewSpec): InspectView<ClickhouseOptions> {
  return {
    name,
    summary,
    read: async (input, signal) => {
      const { rows } = await askClickhouse<readonly InspectCell[]>(
        serviceTarget(input, ASK_MS),
        `${statement}\n LIMIT ${MOST_ROWS} FORMAT JSONCompactEachRow`,
        { parameters: { database: input.service.options.database }, settings: SETTINGS, signal },
      );
      const cut = rows.length === MOST_ROWS ? [`only the first ${MOST_ROWS} rows`] : [];
      const all = [...notes, ...cut];
      return { columns, rows, ...(all.length > 0 && { notes: all }) };
    },
  };
}
