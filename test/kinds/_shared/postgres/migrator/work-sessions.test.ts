import { expect, test } from 'vitest';
import { leavesNothing } from '../../../../../src/kinds/_shared/postgres/migrator/work-sessions.ts';
import { fileOf } from '../../../../support/postgres-database.ts';

test.each([
  ['CREATE TABLE t (n int); CREATE UNIQUE INDEX ON t (n); COMMENT ON TABLE t IS $$x$$', true],
  ['create or replace function f() returns int language sql as $$ select 1 $$', true],
  ['CREATE TEMP TABLE t (n int); DROP MATERIALIZED VIEW v', true],
  ["SET search_path = 'x'", false],
  ["INSERT INTO t SELECT set_config('a.b', 'c', false)", false],
  ['SELECT f()', false],
  ['DO $$ BEGIN END $$', false],
  ['ALTER ROLE shop SET search_path = x', false],
  ['ALTER DATABASE shop SET search_path = x', false],
  ['CREATE EXTENSION x', false],
  ["LOAD 'auto_explain'", false],
  ['-- stackctl: transaction=false\nCREATE TABLE t (n int)', false],
])('%s leaves nothing in its session that cannot be taken back: %s', (text, expected) => {
  expect(leavesNothing(fileOf('1_a', text))).toBe(expected);
});
