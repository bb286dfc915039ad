import { expect, test } from 'vitest';
import { cannotTell, canRunAgain } from '../../../../../../src/kinds/_shared/postgres/sql/running/repeatable.ts';

test.each([
  ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)', true],
  ['CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', true],
  ['DROP INDEX CONCURRENTLY IF EXISTS i', true],
  ['ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, DROP COLUMN IF EXISTS b', true],
  ['ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD b int', false],
  ['SET ROLE x', true],
  ['VACUUM t', true],
  ['ALTER SYSTEM SET work_mem = 1', true],
  ['ALTER TABLE t SET (fillfactor = 50), ADD b int', false],
  ['INSERT INTO t VALUES (1)', false],
  ['CREATE TABLE t (n int)', false],
  ['CREATE INDEX CONCURRENTLY ON t (n)', false],
  ['DO $$ BEGIN END $$', false],
  ['SELECT fill()', false],
])('%s: a second run changes nothing: %s', (text, expected) => {
  expect(canRunAgain({ text })).toBe(expected);
});

test.each([
  ['DO $$ BEGIN COMMIT; END $$', true],
  ['/* batch */ call fill()', true],
  ['CREATE INDEX CONCURRENTLY ON t (n)', true],
  ['CREATE UNIQUE INDEX ON t (n)', true],
  ['CREATE INDEX CONCURRENTLY on_t ON t (n)', false],
  ['CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)', false],
  ['VACUUM t', false],
  ['DOMAIN', false],
])('%s: a second run would go unnoticed: %s', (text, expected) => {
  expect(cannotTell({ text })).toBe(expected);
});
