import { type AskOptions, askClickhouse, type ClickhouseTarget } from '../../clients/clickhouse/ask.ts';
import { failureText } from '../../clients/clickhouse/failure.ts';
import { DISPLAY_NAME } from '../../programs/clickhouse-front/protocol/front-config.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import type { ClickhouseOptions } from './options.ts';
import { targetOf } from './target.ts';

const PROBE_TIMEOUT_MS = 1500;
/** Below this the server is about to refuse inserts: a merge needs room for a copy of its parts. */
const LEAST_FREE_BYTES = 256 * 1024 ** 2;
const LITTLE_FREE_SHARE = 0.05;

/** Facts of one server, as `status --json` prints them. */
export interface ClickhouseFacts {
  readonly version: string;
  /** `chdb`: the real engine behind an HTTP front, without a native port. */
  readonly engine: 'server' | 'chdb';
  readonly uptimeS: number;
  /** Of the service's database. */
  readonly tables: number;
  /** Stored rows, before merges remove what a ReplacingMergeTree replaces. */
  readonly rows: number;
  readonly usedBytes: number;
  readonly diskFreeBytes: number;
  /** Active parts of the fullest partition, and the numbers at which inserts are slowed and refused. */
  readonly mostParts: number;
  readonly partsToDelay: number;
  readonly partsToThrow: number;
}

interface Row {
  readonly version: string;
  readonly uptimeS: number;
  readonly databases: number;
  readonly tables: number;
  readonly rows: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly freeShare: number;
  readonly fullest: string;
  readonly mostParts: number;
  readonly partsToDelay: number;
  readonly partsToThrow: number;
}

const QUESTION = `
SELECT version() AS version, uptime() AS uptimeS,
  (SELECT count() FROM system.databases WHERE name = {database:String}) AS databases,
  t.1 AS tables, t.2 AS rows, t.3 AS usedBytes, d.1 AS freeBytes, d.2 AS freeShare, p.1 AS fullest, p.2 AS mostParts,
  (SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = 'parts_to_delay_insert') AS partsToDelay,
  (SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = 'parts_to_throw_insert') AS partsToThrow
FROM (SELECT
  (SELECT (count(), ifNull(sum(total_rows), 0), ifNull(sum(total_bytes), 0))
     FROM system.tables WHERE database = {database:String}) AS t,
  (SELECT (min(free_space), min(free_space / total_space)) FROM system.disks WHERE total_space > 0) AS d,
  (SELECT argMax((name, parts), parts) FROM (
     SELECT concat(table, ' (', partition, ')') AS name, count() AS parts
     FROM system.parts WHERE active AND database = {database:String} GROUP BY table, partition)) AS p)`;

/** The question only reads, and the server ends it after 2 s: probes must not add to the load of a busy server. */
const SETTINGS: NonNullable<AskOptions['settings']> = { readonly: 2, max_execution_time: 2, log_queries: 0 };

export async function probe(input: InstanceInput<ClickhouseOptions>, signal: AbortSignal): Promise<Probe> {
  const target: ClickhouseTarget = targetOf(input, PROBE_TIMEOUT_MS);
  const { database } = input.service.options;
  try {
    const { rows, displayName } = await askClickhouse<Row>(target, QUESTION, {
      parameters: { database },
      settings: SETTINGS,
      signal,
    });
    const [row] = rows;
    if (row === undefined) throw new Error('an answer without a row');
    return probeOf(row, displayName === DISPLAY_NAME ? 'chdb' : 'server', database);
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error, PROBE_TIMEOUT_MS)}`], facts: {} };
  }
}

/** The verdict over one answer. */
export function probeOf(row: Row, engine: ClickhouseFacts['engine'], database: string): Probe {
  const { freeBytes, freeShare, fullest, mostParts, partsToDelay, partsToThrow } = row;
  const noRoom = freeBytes < LEAST_FREE_BYTES;
  const refused = partsToThrow > 0 && mostParts >= partsToThrow;
  const parts = `${fullest} has ${mostParts} parts`;
  const degraded = [
    ...(!noRoom && freeShare < LITTLE_FREE_SHARE ? [`only ${inMiB(freeBytes)} of its disk are free`] : []),
    ...(!refused && partsToDelay > 0 && mostParts >= partsToDelay
      ? [`inserts are slowed: ${parts}, ${partsToDelay} or more mean larger batches are needed`]
      : []),
  ];
  const facts: ClickhouseFacts = {
    version: row.version,
    engine,
    uptimeS: row.uptimeS,
    tables: row.tables,
    rows: row.rows,
    usedBytes: row.usedBytes,
    diskFreeBytes: freeBytes,
    mostParts,
    partsToDelay,
    partsToThrow,
  };
  return {
    role: 'server',
    reasons: [
      ...(row.databases === 0 ? [`database ${database} does not exist`] : []),
      ...(noRoom ? [`only ${inMiB(freeBytes)} of its disk are free: inserts and merges fail`] : []),
      ...(refused ? [`inserts are refused: ${parts}, the limit is ${partsToThrow}`] : []),
    ],
    ...(degraded.length > 0 && { degraded }),
    facts: { ...facts },
  };
}

function inMiB(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
