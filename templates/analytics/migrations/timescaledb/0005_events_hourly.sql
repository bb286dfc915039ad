-- Events per hour and type. Finished hours are kept up to date by a background job; the hour that is not finished is
-- counted when it is asked for.
-- stackctl: requires=timescaledb-tsl optional=true
CREATE MATERIALIZED VIEW IF NOT EXISTS events_hourly
WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
SELECT time_bucket(INTERVAL '1 hour', time) AS hour, event_type, count(*) AS events
FROM events
GROUP BY 1, 2
WITH NO DATA;
SELECT add_continuous_aggregate_policy(
    'events_hourly',
    start_offset => INTERVAL '3 days',
    end_offset => INTERVAL '1 hour',
    schedule_interval => INTERVAL '30 minutes',
    if_not_exists => TRUE
);
