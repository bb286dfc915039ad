-- One row per event id, however often the event is inserted: see docs/adr/0006. Queries see one because the server's
-- profile sets final = 1; until the parts are merged there may be more on disk.

CREATE DATABASE IF NOT EXISTS sendflowr;

CREATE TABLE IF NOT EXISTS sendflowr.email_events
(
    event_id String,
    universal_id String,
    event_type LowCardinality(String),
    timestamp DateTime64(3, 'UTC'),
    provider LowCardinality(String),
    metadata String,
    persona LowCardinality(String) MATERIALIZED JSONExtractString(metadata, 'persona'),
    latency_seconds Int64 MATERIALIZED JSONExtractInt(metadata, 'latency_seconds'),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX by_recipient universal_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY event_id;

CREATE TABLE IF NOT EXISTS sendflowr.email_events_dead_letters
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    reason String,
    key String,
    value String,
    failed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset);
