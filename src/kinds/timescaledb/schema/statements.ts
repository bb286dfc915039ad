import { quoteText } from '../../../clients/postgres/identifier.ts';
import { RANK, type SchemaNode } from '../../_shared/postgres/schema/node.ts';
import { steady } from '../../_shared/postgres/schema/steady.ts';
import type { AggregateRow, CompressionRow, DimensionRow, HypertableRow } from './rows.ts';

/** What stands for a hypertable, also for one without a table of the user: its number. */
export function hypertableKey(id: number): string {
  return `hypertable:${id}`;
}

/** `create_hypertable`, the other dimensions, and compression. Its indexes are listed as those of any table. */
export function hypertableNode(row: HypertableRow, functions: string): SchemaNode {
  const { id, oid, name, dimensions, chunk_schema: schema, chunk_prefix: prefix, compression } = row;
  const table = quoteText(name);
  const first = dimensions.find(({ length }) => length !== null);
  const others = dimensions.filter((dimension) => dimension !== first);
  const now = dimensions.find(({ now_function: call }) => call !== null)?.now_function;
  const options = [
    table,
    ...(first === undefined ? [] : [first.column, `chunk_time_interval => ${lengthText(first)}`]),
    ...(first?.function == null ? [] : [`time_partitioning_func => ${quoteText(first.function)}`]),
    ...(schema === '_timescaledb_internal' ? [] : [`associated_schema_name => ${quoteText(schema)}`]),
    ...(prefix === null ? [] : [`associated_table_prefix => ${quoteText(prefix)}`]),
    'create_default_indexes => FALSE',
  ];
  return {
    kind: 'hypertable',
    name,
    rank: RANK.hypertable,
    statements: [
      `SELECT ${functions}.create_hypertable(${options.join(', ')})`,
      ...others.map((dimension) => `SELECT ${functions}.add_dimension(${table}, ${dimensionText(dimension)})`),
      ...(now == null ? [] : [`SELECT ${functions}.set_integer_now_func(${table}, ${quoteText(now)})`]),
      ...(compression === null ? [] : [`ALTER TABLE ${name} SET (${compressionText(compression)})`]),
    ],
    covers: [hypertableKey(id)],
    needs: [`pg_class:${oid}`],
  };
}

function dimensionText(dimension: DimensionRow): string {
  const { column, partitions, function: call } = dimension;
  const what =
    partitions === null ? `chunk_time_interval => ${lengthText(dimension)}` : `number_partitions => ${partitions}`;
  return [column, what, ...(call === null ? [] : [`partitioning_func => ${quoteText(call)}`])].join(', ');
}

function lengthText({ length, is_time: isTime }: DimensionRow): string {
  return isTime ? `INTERVAL ${quoteText(intervalText(length ?? '0'))}` : `BIGINT '${length}'`;
}

const DAY = 86_400_000_000n;

/** Microseconds -> `7 days`, `3600 seconds`. */
function intervalText(microseconds: string): string {
  const length = BigInt(microseconds);
  const units = [
    [DAY, 'day'],
    [3_600_000_000n, 'hour'],
    [1_000_000n, 'second'],
    [1n, 'microsecond'],
  ] as const;
  const [size, unit] = units.find(([size]) => length % size === 0n) ?? [1n, 'microsecond'];
  const count = length / size;
  return `${count} ${unit}${count === 1n ? '' : 's'}`;
}

function compressionText({ segment_by: segments, order_by: order, length }: CompressionRow): string {
  return [
    'timescaledb.compress',
    ...(segments === null ? [] : [`timescaledb.compress_segmentby = ${quoteText(segments)}`]),
    ...(order === null ? [] : [`timescaledb.compress_orderby = ${quoteText(order)}`]),
    ...(length === null ? [] : [`timescaledb.compress_chunk_time_interval = ${quoteText(intervalText(length))}`]),
  ].join(', ');
}

/** A continuous aggregate, without its rows. */
export function aggregateNodes(row: AggregateRow): readonly SchemaNode[] {
  const { id, name, covers, materialized_only: only, definition, compression, indexes } = row;
  const body = steady(definition.trimEnd().replace(/;$/, ''));
  const options = `timescaledb.continuous, timescaledb.materialized_only = ${only}`;
  const node = {
    kind: 'continuous aggregate',
    name,
    rank: RANK.view,
    statements: [
      `CREATE MATERIALIZED VIEW ${name} WITH (${options}) AS\n${body}\nWITH NO DATA`,
      ...(compression === null ? [] : [`ALTER MATERIALIZED VIEW ${name} SET (${compressionText(compression)})`]),
    ],
    covers: [...covers, hypertableKey(id)],
  };
  const made = indexes.map((index) => ({
    kind: 'index',
    name: `${index.name} on ${name}`,
    rank: RANK.index,
    statements: [index.definition.replace(/ ON _timescaledb_internal\.\S+ USING /, ` ON ${name} USING `)],
    covers: [],
    needs: [hypertableKey(id)],
  }));
  return [node, ...made];
}
