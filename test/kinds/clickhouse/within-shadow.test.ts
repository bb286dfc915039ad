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
  [
    'CREATE TABLE q (n Int8) ENGINE = Kafka',
    'a second table with ENGINE = Kafka would take messages from the live one',
  ],
])('%s is refused', (text, why) => {
  expect(within(text)).toEqual({ type: 'refused', why });
});

test('what the server has already is left out', () => {
  expect(within('CREATE FUNCTION IF NOT EXISTS f AS x -> x')).toEqual({
    type: 'leftOut',
    why: 'CREATE FUNCTION concerns the whole server',
  });
});
