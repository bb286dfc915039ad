import { expect, test } from 'vitest';
import { withinShadow } from '../../../src/kinds/clickhouse/shadow/within.ts';

const within = (text: string) =>
  withinShadow(text, { own: 'shop', shadow: 'copy', isOther: (name) => name === 'audit' });

test.each([
  ['CREATE DATABASE IF NOT EXISTS shop', 'CREATE DATABASE IF NOT EXISTS `copy`'],
  ['USE shop', 'USE `copy`'],
  ['CREATE TABLE IF NOT EXISTS shop.a (shop Int8)', 'CREATE TABLE IF NOT EXISTS `copy`.a (shop Int8)'],
  ['CREATE TABLE `shop`."a" AS shop.b', 'CREATE TABLE `copy`."a" AS `copy`.b'],
  ['INSERT INTO shop.a SELECT shop.a.n FROM shop.a', 'INSERT INTO `copy`.a SELECT `copy`.a.n FROM `copy`.a'],
  ['INSERT INTO TABLE shop.a VALUES (1)', 'INSERT INTO TABLE `copy`.a VALUES (1)'],
  ['RENAME TABLE shop.a TO shop.b, shop.c TO shop.d', 'RENAME TABLE `copy`.a TO `copy`.b, `copy`.c TO `copy`.d'],
  ['EXCHANGE TABLES shop.a AND shop.b', 'EXCHANGE TABLES `copy`.a AND `copy`.b'],
  ['DROP TABLE IF EXISTS shop.a, shop.b SYNC', 'DROP TABLE IF EXISTS `copy`.a, `copy`.b SYNC'],
  ['TRUNCATE shop.a', 'TRUNCATE `copy`.a'],
  ['TRUNCATE TABLE IF EXISTS shop.a', 'TRUNCATE TABLE IF EXISTS `copy`.a'],
  [
    'ALTER TABLE shop.a DELETE WHERE n IN (SELECT n FROM shop.b)',
    'ALTER TABLE `copy`.a DELETE WHERE n IN (SELECT n FROM `copy`.b)',
  ],
  ['DELETE FROM shop.a WHERE 1', 'DELETE FROM `copy`.a WHERE 1'],
  ['OPTIMIZE TABLE shop.a FINAL', 'OPTIMIZE TABLE `copy`.a FINAL'],
  [
    'CREATE MATERIALIZED VIEW shop.v TO shop.t AS SELECT n FROM shop.a',
    'CREATE MATERIALIZED VIEW `copy`.v TO `copy`.t AS SELECT n FROM `copy`.a',
  ],
  [
    "CREATE VIEW v AS SELECT dictGet(shop.d, 'n', 1), dictGet('shop.d', 'n', 1) FROM a",
    "CREATE VIEW v AS SELECT dictGet(`copy`.d, 'n', 1), dictGet('shop.d', 'n', 1) FROM a",
  ],
  // An alias may be called as the database: it is no table.
  ['SELECT shop.n FROM a AS shop ARRAY JOIN shop.tags', 'SELECT shop.n FROM a AS shop ARRAY JOIN shop.tags'],
  [
    'SELECT EXTRACT(YEAR FROM v.at), n /* FROM audit.log */ FROM v, shop.b WHERE v.n IN shop.ids',
    'SELECT EXTRACT(YEAR FROM v.at), n /* FROM audit.log */ FROM v, `copy`.b WHERE v.n IN `copy`.ids',
  ],
  ['SELECT name FROM system.tables', 'SELECT name FROM system.tables'],
  // Engines that keep their rows in the table, and names that only look like one.
  ...[
    'CREATE TABLE q (engine String) ENGINE = ReplacingMergeTree(n) PARTITION BY engine ORDER BY engine SETTINGS a = 1',
    'CREATE TABLE engine (n Int8) ENGINE Memory',
    'CREATE VIEW engine AS SELECT engine FROM q',
    "CREATE TABLE q ENGINE = Log AS SELECT engine = 'S3' AS a, lower(engine) AS lower FROM q",
    'CREATE MATERIALIZED VIEW v TO q AS SELECT n AS abs, abs(n) FROM q',
    'ATTACH TABLE q',
  ].map((same) => [same, same]),
])('%s', (text, expected) => {
  expect(within(text)).toEqual({ type: 'run', text: expected });
});

test.each([
  ['INSERT INTO audit.log VALUES (1)', 'it names the database audit'],
  ['SELECT 1 FROM shop.a JOIN audit.log USING n', 'it names the database audit'],
  ['CREATE DATABASE more', 'it names the database more'],
  ['DROP DATABASE IF EXISTS audit', 'it names the database audit'],
  ['GRANT SELECT ON shop.* TO reader', 'GRANT concerns the whole server'],
  ['CREATE USER a', 'CREATE USER concerns the whole server'],
  ['SYSTEM RELOAD DICTIONARIES', 'SYSTEM concerns the whole server'],
  ["INSERT INTO FUNCTION remote('h', shop.a) VALUES (1)", 'INSERT INTO FUNCTION concerns the whole server'],
  ['CREATE TABLE b AS shop.a ENGINE = Buffer(shop, a, 1)', 'ENGINE = Buffer WHY'],
  ['CREATE TABLE q (n Int8) ENGINE = Kafka', 'ENGINE = Kafka WHY'],
  ['CREATE TABLE q (n Int8)/* x */engine`Distributed`(c, shop, a)', 'ENGINE = Distributed WHY'],
  ["CREATE OR REPLACE TABLE q (n Int8) ENGINE = S3('u')", 'ENGINE = S3 WHY'],
  ['CREATE TABLE q (n Int8) ENGINE = ReplicatedMergeTree ORDER BY n', 'ENGINE = ReplicatedMergeTree WHY'],
  ["CREATE MATERIALIZED VIEW v ENGINE = URL('u') AS SELECT 1", 'ENGINE = URL WHY'],
  ["CREATE DATABASE shop ENGINE = MySQL('h')", 'ENGINE = MySQL WHY'],
  ['CREATE TEMPORARY TABLE q (n Int8) ENGINE {e:Identifier}', 'ENGINE = { WHY'],
  ["CREATE TABLE q AS remote('h', shop.a)", 'a table AS remote(…) may have its rows in another place'],
  ["CREATE TABLE q (n Int8) AS s3('u')", 'a table AS s3(…) may have its rows in another place'],
  ["WITH 1 AS one INSERT INTO FUNCTION file('f') SELECT one", 'a table function may write to another place'],
  ["ATTACH TABLE q FROM '/a' (n Int8) ENGINE = Log", 'ATTACH … FROM may take the rows of a live table'],
  ["ATTACH TABLE q UUID 'a' (n Int8) ENGINE = Log", 'ATTACH … UUID may take the rows of a live table'],
  [
    'CREATE TABLE q (n Int8) ENGINE = MergeTree ORDER BY n SETTINGS disk = disk(type = s3)',
    'a disk of its own may be one that has live data',
  ],
  ['RENAME shop.a TO shop.b', 'it names the database shop where none is looked for'],
  ['CREATE INDEX i ON `shop`.a (n) TYPE minmax', 'it names the database shop where none is looked for'],
  ['DROP INDEX i ON audit.log', 'it names the database audit where none is looked for'],
  ['INSERT shop.a SELECT 1', 'it names the database shop where none is looked for'],
  ['TRUNCATE ALL TABLES FROM shop', 'TRUNCATE ALL TABLES is about more than a table of the shadow database'],
  ['RENAME DATABASE shop TO more', 'RENAME DATABASE is about more than a table of the shadow database'],
  ['DROP TABLE a PARALLEL WITH DROP TABLE b', 'PARALLEL WITH holds statements that are not looked at'],
])('%s is refused', (text, why) => {
  expect(within(text)).toEqual({
    type: 'refused',
    why: why.replace('WHY', 'may take messages from a live table or write to another place'),
  });
});

test('what the server has already is left out', () => {
  expect(within('CREATE FUNCTION IF NOT EXISTS f AS x -> x')).toEqual({
    type: 'leftOut',
    why: 'CREATE FUNCTION concerns the whole server',
  });
});
