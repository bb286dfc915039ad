-- Chunks that are older than a week are compressed: few rows are still written there, and one with the key of a
-- compressed row is still kept out.
-- stackctl: requires=timescaledb-tsl optional=true
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM timescaledb_information.hypertables
        WHERE hypertable_schema = current_schema() AND hypertable_name = 'events' AND compression_enabled
    ) THEN
        ALTER TABLE events SET (
            timescaledb.compress,
            timescaledb.compress_segmentby = 'event_type',
            timescaledb.compress_orderby = 'time DESC, event_id'
        );
    END IF;
END
$$;
SELECT add_compression_policy('events', INTERVAL '7 days', if_not_exists => TRUE);
