import { expect, test } from 'vitest';
import { reachesOut } from '../../../../src/kinds/_shared/postgres/shadow/foreign.ts';
import { serverWide } from '../../../../src/kinds/_shared/postgres/shadow/server-wide.ts';

test.each([
  ['create role a', 'CREATE ROLE'],
  ['ALTER /* x */ DATABASE shop SET work_mem = 1', 'ALTER DATABASE'],
  ['alter system set x = 1', 'ALTER SYSTEM'],
  ['grant reader to shop', 'GRANT of a role'],
  ['revoke all on database shop from public', 'REVOKE ON DATABASE'],
  ['create subscription s connection $$$$ publication p', 'CREATE SUBSCRIPTION'],
  ["comment on role a is 'x'", 'COMMENT ON ROLE'],
  ['drop owned by a', 'DROP OWNED'],
])('%s', (text, what) => {
  expect(serverWide(text)).toBe(`${what} concerns the whole server`);
});

test.each([
  'create table role (n int)',
  'grant select on t to reader',
  'create user mapping for a server s',
  'alter default privileges grant select on tables to reader',
  "comment on table t is 'x'",
  "insert into t values ('create role a')",
])('%s is of its own database', (text) => {
  expect(serverWide(text)).toBeUndefined();
});

test.each([
  ['create /* x */ server s foreign data wrapper postgres_fdw', 'CREATE SERVER'],
  ['create user mapping for a server s', 'CREATE USER MAPPING'],
  ['create foreign table t (n int) server s', 'CREATE FOREIGN TABLE'],
  ['import foreign schema public from server s into far', 'IMPORT FOREIGN SCHEMA'],
  ['do $$ begin create  foreign\ntable t (n int) server s; end $$', 'CREATE FOREIGN TABLE'],
  ["select dblink_exec('dbname=shop', 'delete from orders')", 'dblink_exec()'],
  ["do $$ begin perform public.\"dblink\" /* x */ ('a', 'b'); end $$", 'dblink()'],
])('%s reaches out', (text, what) => {
  expect(reachesOut(text)).toBe(`${what} reaches another database`);
});

test.each([
  'create extension if not exists dblink',
  'drop foreign table if exists t',
  'grant execute on function dblink(text) to reader',
  "insert into t values ('create server', 'dblink')",
  'create table server (n int)',
])('%s does not reach out', (text) => {
  expect(reachesOut(text)).toBeUndefined();
});
