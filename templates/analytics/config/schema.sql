-- The schema of the analytics stack in one file, for use by hand:
--
--   stackctl cli timescaledb < schema.sql
--
-- `stackctl up` makes the same schema from the stack's migrations. This file may run before them or after them, and any
-- number of times: it makes only what is not there.

CREATE TABLE IF NOT EXISTS events (
    time TIMESTAMPTZ NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    properties JSONB,
    PRIMARY KEY (event_id, time)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM create_hypertable('events', 'time', if_not_exists => TRUE, migrate_data => TRUE);
    ELSE
        RAISE NOTICE 'the extension timescaledb is not installed: events is a plain table';
    END IF;
END
$$;

CREATE INDEX IF NOT EXISTS events_event_type_time_idx ON events (event_type, time DESC);
CREATE INDEX IF NOT EXISTS events_user_id_time_idx ON events (user_id, time DESC);
CREATE INDEX IF NOT EXISTS events_properties_idx ON events USING GIN (properties);

-- Compression and continuous aggregates are under the Timescale licence: the Apache edition has neither.
DO $$
BEGIN
    IF current_setting('timescaledb.license', TRUE) IS DISTINCT FROM 'timescale' THEN
        RAISE NOTICE 'compression and events_hourly are not available in this edition';
        RETURN;
    END IF;
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
    PERFORM add_compression_policy('events', INTERVAL '7 days', if_not_exists => TRUE);
    CREATE MATERIALIZED VIEW IF NOT EXISTS events_hourly
    WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
    SELECT time_bucket(INTERVAL '1 hour', time) AS hour, event_type, count(*) AS events
    FROM events
    GROUP BY 1, 2
    WITH NO DATA;
    PERFORM add_continuous_aggregate_policy(
        'events_hourly',
        start_offset => NULL,
        end_offset => INTERVAL '1 hour',
        schedule_interval => INTERVAL '30 minutes',
        if_not_exists => TRUE
    );
END
$$;
