-- One of everything that a dump of ClickHouse prints.
CREATE TABLE visits (id UInt32, at DateTime DEFAULT now(), m String MATERIALIZED toString(id),
  INDEX i m TYPE bloom_filter(0.01) GRANULARITY 1, PROJECTION p (SELECT at, count() GROUP BY at))
  ENGINE = MergeTree ORDER BY id TTL at + INTERVAL 3 DAY SETTINGS index_granularity = 1024 COMMENT 'it''s the visits';
CREATE TABLE target (d Date, n UInt64) ENGINE = SummingMergeTree ORDER BY d;
CREATE MATERIALIZED VIEW to_target TO target AS SELECT toDate(at) AS d, count() AS n FROM visits GROUP BY d;
CREATE MATERIALIZED VIEW own ENGINE = AggregatingMergeTree ORDER BY d AS SELECT toDate(at) AS d, countState() AS n FROM events.visits GROUP BY d;
CREATE VIEW b_first AS SELECT v.id, t.n FROM visits v JOIN target t ON toDate(v.at) = t.d WHERE v.id IN (SELECT id FROM visits);
CREATE VIEW a_second AS SELECT events.visits.id, b_first.n FROM events.visits, b_first ARRAY JOIN [1, 2] AS x;
CREATE DICTIONARY dict (id UInt64, name String DEFAULT 'events.visits') PRIMARY KEY id
  SOURCE(CLICKHOUSE(HOST 'localhost' PORT 9000 USER 'default' PASSWORD 'topsecret' DB 'events' TABLE 'visits'))
  LIFETIME(MIN 0 MAX 10) LAYOUT(FLAT());
CREATE FUNCTION linear AS (x, k) -> k * x + 1;
CREATE TABLE my (a Int8) ENGINE = MySQL('h:3306', 'd', 't', 'u', 'topsecret');
CREATE TABLE far (a Int8) ENGINE = URL('http://user:topsecret@localhost/x', 'CSV');
CREATE DATABASE audit;
CREATE TABLE audit.log (a Int8) ENGINE = Log;
-- A table that is called as its database, and a column as both.
CREATE TABLE events.events (events Int32) ENGINE = MergeTree ORDER BY tuple();
CREATE VIEW shadowing AS SELECT events.events FROM events.events, events.visits AS v;
CREATE TABLE alias_ (id UInt32, e Enum8('a' = 1), p Array(Tuple(x Int8, y Nullable(String))), n Nested (k String, v Int8))
  ENGINE = ReplacingMergeTree(id) PARTITION BY id % 10 PRIMARY KEY id ORDER BY (id, e);
CREATE TABLE stackctl_migrations (n Int8) ENGINE = Log;
