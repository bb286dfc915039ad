import { expect, test } from 'vitest';
import { type TimescaleRows, timescaleSchema } from '../../../src/kinds/timescaledb/schema/read.ts';
// As TimescaleDB 2.19.3, Timescale edition, has answered: no test server has that edition.
import recorded from './timescale-edition-rows.json' with { type: 'json' };

const { nodes, leftOut } = timescaleSchema(recorded as unknown as TimescaleRows);
const statementsOf = (kind: string) => nodes.filter((node) => node.kind === kind).map(({ statements }) => statements);

test('compression is set with the hypertable', () => {
  expect(statementsOf('hypertable').find(([create]) => create?.includes('app.m'))).toEqual([
    "SELECT public.create_hypertable('app.m', 'time', chunk_time_interval => INTERVAL '36 hours', create_default_indexes => FALSE)",
    "SELECT public.add_dimension('app.m', 'device', number_partitions => 4)",
    `ALTER TABLE app.m SET (timescaledb.compress, timescaledb.compress_segmentby = 'device', timescaledb.compress_orderby = '"time" DESC, v NULLS FIRST', timescaledb.compress_chunk_time_interval = '3 days')`,
  ]);
});

test('continuous aggregates are made without rows, and stand for the views of the same name', () => {
  const [hourly, daily] = statementsOf('continuous aggregate');
  expect(hourly?.[0]).toMatch(
    /^CREATE MATERIALIZED VIEW app\.hourly WITH \(timescaledb\.continuous, timescaledb\.materialized_only = true\) AS\n SELECT public\.time_bucket[^;]* device\nWITH NO DATA$/,
  );
  expect(hourly?.[1]).toBe(
    "ALTER MATERIALIZED VIEW app.hourly SET (timescaledb.compress, timescaledb.compress_segmentby = 'device', timescaledb.compress_orderby = 'h')",
  );
  expect(daily?.[0]).toContain('materialized_only = false');
  expect(statementsOf('index')).toEqual([['CREATE INDEX hourly_mine ON app.hourly USING btree (avg)']]);
  expect(recorded.aggregates.every(({ oid }) => leftOut.has(`pg_class:${oid}`))).toBe(true);
  expect(recorded.chunks.every((key) => leftOut.has(key))).toBe(true);
});

test('policies name what they are for, and jobs have no time of their first run', () => {
  expect(statementsOf('policy of TimescaleDB').flat().toSorted()).toEqual([
    "SELECT public.add_compression_policy('app.m', compress_after => INTERVAL '7 days', schedule_interval => INTERVAL '12:00:00')",
    "SELECT public.add_continuous_aggregate_policy('app.hourly', start_offset => NULL, end_offset => INTERVAL '01:00:00', schedule_interval => INTERVAL '00:30:00')",
    "SELECT public.add_reorder_policy('app.m', 'm_v')",
    "SELECT public.add_retention_policy('app.hourly', drop_after => INTERVAL '1 year', schedule_interval => INTERVAL '1 day')",
    "SELECT public.add_retention_policy('app.m', drop_after => INTERVAL '90 days', schedule_interval => INTERVAL '1 day')",
    "SELECT public.add_retention_policy('public.ints', drop_after => BIGINT '500', schedule_interval => INTERVAL '1 day')",
  ]);
  expect(statementsOf('job of TimescaleDB')).toEqual([
    [`SELECT public.add_job('public.myjob', INTERVAL '01:00:00', config => '{"a": "it''s"}', scheduled => FALSE)`],
  ]);
});
