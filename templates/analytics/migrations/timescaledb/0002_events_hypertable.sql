-- Where the extension is missing, events stays a plain table. Rows that it has by the time the extension arrives are
-- moved into chunks.
-- stackctl: requires=timescaledb optional=true
SELECT create_hypertable('events', 'time', if_not_exists => TRUE, migrate_data => TRUE);
