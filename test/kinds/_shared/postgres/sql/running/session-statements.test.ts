import { expect, test } from 'vitest';
import {
  sessionEffect,
  sessionOfDone,
} from '../../../../../../src/kinds/_shared/postgres/sql/running/session-statements.ts';

test.each([
  ['SET search_path = app', 'sets'],
  ['set "my.own" = 1', 'sets'],
  ['SET SESSION AUTHORIZATION x', 'sets'],
  ['RESET ROLE', 'sets'],
  ['LISTEN jobs', 'sets'],
  ["SELECT pg_catalog.set_config('a.b', 'x', false) AS x, set_config('c.d', current_user, false)", 'sets'],
  ["SELECT set_config('a.b', next_tenant(), false)", 'makes'],
  ["SELECT set_config('a.b', name, false) FROM tenants", 'makes'],
  ['SET LOCAL search_path = app', 'none'],
  ['SET CONSTRAINTS ALL DEFERRED', 'none'],
  ['CREATE TEMPORARY TABLE t (n int)', 'makes'],
  ['CREATE OR REPLACE TEMP VIEW v AS SELECT 1', 'makes'],
  ['CREATE TABLE pg_temp.t (n int)', 'makes'],
  ['SELECT 1 AS n INTO TEMP t', 'makes'],
  ['PREPARE one AS SELECT 1', 'makes'],
  ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'makes'],
  ['SELECT pg_advisory_lock(7)', 'makes'],
  ['CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT 1 $$', 'none'],
  ['CREATE TABLE template (temp int)', 'none'],
])('%s: %s', (text, expected) => {
  expect(sessionEffect({ text })).toBe(expected);
});

test('of the statements that are done, and only of those', () => {
  const statements = ['SET a.b = 1', 'SELECT 1', 'RESET ROLE', 'PREPARE one AS SELECT 1', 'SET a.b = 2'].map((text) => {
    return { text, line: 1, column: 1 };
  });
  expect(sessionOfDone(statements, 3)).toEqual({ replay: [0, 2], lost: undefined });
  expect(sessionOfDone(statements, 5)).toEqual({ replay: [0, 2, 4], lost: 3 });
});
