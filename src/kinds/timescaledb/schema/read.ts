import type { ExtensionSchema } from '../../_shared/postgres/schema/dump.ts';
import type { CatalogReader } from '../../_shared/postgres/schema/node.ts';
import { jobNode } from './jobs.ts';
import {
  type AggregateRow,
  type HypertableRow,
  type JobRow,
  readAggregates,
  readChunkKeys,
  readHypertables,
  readJobs,
} from './rows.ts';
import { aggregateNodes, hypertableNode } from './statements.ts';

/** Hypertables, continuous aggregates and jobs. Chunks, and the tables in which the extension keeps rows, are left out. */
export async function readTimescale(reader: CatalogReader): Promise<ExtensionSchema> {
  const [found] = await reader.rows<{ functions: string }>(
    "select quote_ident(n.nspname) as functions from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'timescaledb'",
  );
  if (found === undefined) return { nodes: [], leftOut: new Set() };
  return timescaleSchema({
    functions: found.functions,
    hypertables: await readHypertables(reader),
    aggregates: await readAggregates(reader),
    jobs: await readJobs(reader),
    chunks: await readChunkKeys(reader),
  });
}

export interface TimescaleRows {
  /** Schema of the extension's functions. */
  readonly functions: string;
  readonly hypertables: readonly HypertableRow[];
  readonly aggregates: readonly AggregateRow[];
  readonly jobs: readonly JobRow[];
  /** Keys of chunks that are in a schema of the user. */
  readonly chunks: readonly string[];
}

/** Pure. */
export function timescaleSchema({ functions, hypertables, aggregates, jobs, chunks }: TimescaleRows): ExtensionSchema {
  const names = new Map([...hypertables, ...aggregates].map(({ id, name }) => [id, name]));
  return {
    nodes: [
      ...hypertables.map((row) => hypertableNode(row, functions)),
      ...aggregates.flatMap(aggregateNodes),
      ...jobs.flatMap((job) => jobNode(job, { functions, names }) ?? []),
    ],
    leftOut: new Set([...chunks, ...aggregates.map(({ oid }) => `pg_class:${oid}`)]),
  };
}
