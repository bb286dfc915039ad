-- Every hour is kept up to date, however old it is: with a window of three days the hours before it vanished from the
-- view once the job had run, and events that came later than that were never counted. Hours that did not change cost the
-- job nothing. A retention policy on events needs a start_offset that is shorter than what it keeps: what is gone from
-- the table would be taken out of the view too.
-- stackctl: requires=timescaledb-tsl optional=true transaction=false
SELECT remove_continuous_aggregate_policy('events_hourly', if_exists => TRUE);
CALL refresh_continuous_aggregate('events_hourly', NULL, now() - INTERVAL '1 hour');
SELECT add_continuous_aggregate_policy(
    'events_hourly',
    start_offset => NULL,
    end_offset => INTERVAL '1 hour',
    schedule_interval => INTERVAL '30 minutes',
    if_not_exists => TRUE
);
